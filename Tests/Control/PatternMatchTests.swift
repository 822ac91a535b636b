import Control
import PatchKit
import TestSupport
import Testing

/// Address patterns against the parameters of a patch.
@Suite struct PatternMatchTests {
  /// A draft of many nodes, not committed.
  private static func rig(_ nodes: Int) -> SessionRig {
    let rig = SessionRig()
    var patch = Patch()
    for i in 0..<nodes { patch.nodes["n\(i)"] = PatchNode(type: "sine") }
    rig.session.setDraft(patch)
    return rig
  }

  /// The replies to a message that sets what matches to a half.
  private func send(_ rig: SessionRig, _ address: String) -> [OSCMessage] {
    var replies: [OSCMessage] = []
    rig.session.perform(.message(OSCMessage(address, [0.5])), from: Requester(id: 7) { replies.append($0) })
    return replies
  }

  @Test func patternsSetEveryParameterThatTheyMatch() {
    let rig = Self.rig(12)
    let replies = send(rig, "/mod/n{1,2}?/{gain,frequency}")
    #expect(
      replies.map { $0.arguments[0].text } == ["n10", "n11"].flatMap { ["/mod/\($0)/frequency", "/mod/\($0)/gain"] })
    #expect(send(rig, "//gain").count == 12)
    #expect(send(rig, "/mod/n[!0-9]/gain").map { $0.arguments[1] } == ["no-such-node"])
    #expect(send(rig, "/mod/[n/gain").map { $0.arguments[1] } == ["malformed"])
  }

  /// On 4,000 nodes: linear time, or a refusal. A matcher that keeps all stars alive takes seconds for the first, and one
  /// that backtracks takes for ever.
  @Test(arguments: [
    "/mod/" + String(repeating: "*", count: 1_000) + "!",
    "/mod/" + String(repeating: "*n", count: 500) + "!",
    "/mod/" + String(repeating: "{,n}", count: 240) + "!",
    "/mod/" + String(repeating: "[a-z]*", count: 160) + "/x",
    String(repeating: "//n", count: 300),
  ])
  func craftedPatternsAreMatchedInLinearTimeOrRefused(pattern: String) {
    let rig = Self.rig(4_000), messages = [OSCPacket](repeating: .message(OSCMessage(pattern, [0.5])), count: 55)
    var replies: [OSCMessage] = []
    let requester = Requester(id: 7) { replies.append($0) }
    let time = processorTime {
      rig.session.perform(.bundle(timeTag: OSCTime.immediately, messages), from: requester)
    }
    #expect(replies.count == 55)
    let codes = ["no-such-address", "no-such-node", "limit"]
    #expect(replies.allSatisfy { $0.arguments[1] == "aborted" || codes.contains($0.arguments[1].text!) })
    #expect(replies.contains { reply in codes.contains { reply.description.contains($0) } })
    #expect(time < .seconds(20), "\(time)")
  }

  @Test func aBundleMayMakeSoManyEdits() {
    let rig = Self.rig(4_000)
    var replies: [OSCMessage] = []
    rig.session.perform(
      .bundle(
        timeTag: OSCTime.immediately, [OSCPacket](repeating: .message(OSCMessage("/mod/*/gain", [0.5])), count: 5)),
      from: Requester(id: 7) { replies.append($0) })
    #expect(replies.map { $0.arguments[1] } == [OSCArgument](repeating: "aborted", count: 5))
    #expect(replies[0].arguments[2].text?.contains("16384") == true, "\(replies[0])")
    #expect(rig.session.currentDraft.nodes["n0"]?.params.isEmpty == true)
  }
}
