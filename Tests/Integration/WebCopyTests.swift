import Control
import Foundation
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// A client over WebSocket that follows the edits of clients over UDP, TCP and WebSocket.
@Suite struct WebCopyTests {
  /// Random requests that edit a patch, some of them wrong.
  private func request(_ random: inout SplitMix) -> OSCMessage {
    func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    let id = OSCArgument.string("n\(below(8))"), other = OSCArgument.string("n\(below(8))")
    switch below(14) {
    case 0...3: return OSCMessage("/patch/create", [id, .string(["sine", "biquad", "gain", "delay"][below(4)])])
    case 4: return OSCMessage("/patch/delete", [id])
    case 5...6: return OSCMessage("/patch/connect", [id, other, .float(Float(below(4)) / 4)])
    case 7: return OSCMessage("/mod/n\(below(8))/gain", [.float(Float(below(5)) / 4)])
    case 8: return OSCMessage("/patch/place", [id, .int32(Int32(below(100))), .int32(Int32(below(100)))])
    case 9: return OSCMessage("/macro/add", [.string("m\(below(3))"), .string("n\(below(8))/gain"), 0, 1])
    case 10: return OSCMessage("/macro/m\(below(3))", [.float(Float(below(5)) / 4)])
    case 11: return OSCMessage("/patch/rename", [id, other])
    case 12: return OSCMessage(["/patch/undo", "/patch/redo", "/patch/abort"][below(3)])
    default: return OSCMessage("/patch/commit")
    }
  }

  @Test func copyOverWebSocketEqualsThePatchUnderEditsOverUDPTCPAndWebSocket() throws {
    let port = try freePort()
    let weft = try PlayingWeft(["--web", "\(port)"])
    let tcp = try OSCCaller(port: weft.port, transport: .tcp), udp = try OSCCaller(port: weft.port, transport: .udp)
    let web = try WebClient(port: port)
    #expect(web.upgrade() == 101)
    try web.send(OSCMessage("/edits", ["on"]))
    let state = try #require(web.message("/state")?.arguments.last?.text)
    let start = try #require(JSONSerialization.jsonObject(with: Data(state.utf8)) as? [String: Any])
    let draft = try JSONSerialization.data(withJSONObject: try #require(start["draft"]))
    var copy = try PatchFile.read(Array(draft), in: PatchPlayer.registry), edits = 0
    var random = SplitMix(seed: 7)
    for i in 0..<600 {
      let message = request(&random)
      switch i % 3 {
      case 0: _ = try tcp.call(message)
      case 1: _ = try udp.call(message)
      default: try web.send(message)
      }
    }
    try web.send(OSCMessage("/patch/get", ["#end"]))
    // The edits that come before the reply are all that lead to its patch.
    while let message = web.message("/notify/edit", "/patch/get") {
      guard message.address == "/notify/edit" else {
        let text = try #require(message.arguments.dropLast().last?.text)
        #expect(PatchFile.text(of: copy, in: PatchPlayer.registry) == text)
        break
      }
      edits += 1
      let edit = OSCMessage(message.arguments[2].text!, Array(message.arguments.dropFirst(3)))
      switch try ResolvedEdit(edit, in: PatchPlayer.registry) {
      case .draft(let edit), .both(let edit): try copy.apply(edit)
      case .committed, .commit: break
      }
    }
    #expect(edits > 100)
    #expect(weft.end(SIGTERM).status == 0)
  }
}
