import Control
import Foundation
import PatchKit
import TestSupport
import Testing

/// Clients over UDP, TCP and WebSocket edit one patch at the same time.
@Suite struct WebCopyTests {
  /// Requests of all clients together; `WEFT_EDITS` in the environment, for more (`make edits`).
  private static let requests = ProcessInfo.processInfo.environment["WEFT_EDITS"].flatMap { Int($0) } ?? 3_000
  /// Requests that a client sends without waiting.
  private static let batch = 10

  @Test func everyCopyEqualsThePatchUnderEditsOverUDPTCPAndWebSocket() throws {
    let port = try freePort()
    let weft = try PlayingWeft(["--web", "\(port)"])
    let web = try WebClient(port: port)
    #expect(web.upgrade() == 101)
    let clients = [
      try EditFollower(OSCCaller(port: weft.port, transport: .udp)),
      try EditFollower(OSCCaller(port: weft.port, transport: .tcp)), try EditFollower(web),
    ]
    try clients[1].perform([
      OSCMessage("/patch/create", ["n0", "sine"]), OSCMessage("/patch/create", ["n1", "notes"]),
      OSCMessage("/patch/commit"), OSCMessage("/patch/save", ["copies.json", "overwrite"]),
    ])
    var random = RandomEdits(seed: 7)
    for round in 0..<WebCopyTests.requests / clients.count / WebCopyTests.batch {
      for client in clients {
        var messages = try (0..<WebCopyTests.batch).map { _ in
          let command = try Score.read(Array("0 \(random.next())\n".utf8))[0]
          return OSCMessage(command.address, command.arguments.map(\.osc))
        }
        if random.below(8) == 0 { messages.append(OSCMessage("/patch/load", ["copies.json"])) }
        try client.perform(messages)
      }
      guard round % 10 == 0 else { continue }
      for client in clients { #expect(try client.patch() == client.text, "after \(round) rounds") }
    }
    let end = try clients.map { (patch: try $0.patch(), copy: $0.text, edits: $0.edits) }
    for client in end { #expect(client.patch == end[0].patch && client.copy == client.patch) }
    #expect(end.allSatisfy { $0.edits > WebCopyTests.requests / 3 }, "\(end.map(\.edits))")
    #expect(weft.end(SIGTERM).status == 0)
  }
}
