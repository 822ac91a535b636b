import CRealtime
import Control
import Foundation
import PatchKit
import TestSupport
import Testing

/// The journal on disks that are full or held by another program, and the time that it costs.
@Suite(.serialized) struct JournalDiskTests {
  private func notified(_ client: OSCCaller, _ line: OSCMessage) throws -> OSCMessage? {
    var notification: OSCMessage?
    _ = try client.call(line) { if $0.address == "/notify/error" { notification = $0 } }
    return notification
  }

  /// A file may grow to 64 KiB: clients are notified, answers go on, and all is kept a second later.
  @Test func aFullDiskIsReportedAndTriedAgain() throws {
    let weft = try PlayingWeft(blocks: 128)
    let client = try OSCCaller(port: weft.port)
    _ = try client.call(OSCMessage("/notify", ["on", "error"]))
    var notification: OSCMessage?, count = 0
    while notification == nil, count < 4_000 {
      count += 1
      notification = try notified(client, OSCMessage("/patch/create", [.string("n\(count)"), "gain"]))
    }
    #expect(notification?.arguments[0] == "unwritable" && notification?.arguments[3] == "--resume", "\(count)")
    #expect(notification?.arguments[1].text?.contains("not kept") == true)
    guard case .done = try client.call(OSCMessage("/patch/create", ["last", "gain"])) else {
      Issue.record("no answer on a full disk")
      return
    }
    // The next generation begins with a file that is shorter than the limit.
    #expect(eventually { weft.messages.contains("Edits are kept again") }, "\(weft.messages)")
    _ = weft.end(SIGKILL)
    let reading = JournalReading(try JournalFolder(weft.stateFolder), in: PatchPlayer.registry)
    #expect(reading.state?.patch.draft.nodes.count == count + 1)
  }

  /// A second program on the same state says who holds it, and plays.
  @Test func aSecondProgramSaysWhoHoldsTheState() throws {
    let port = try freePort(), held = try JournalFolder(PlayingWeft.stateFolder(port))
    let weft = try PlayingWeft(port: port, ["--resume"])
    #expect(weft.messages.contains("held by another weft, process \(getpid())"), "\(weft.messages)")
    #expect(try weft.send("/patch/create", "a", "sine").status == 0)
    withExtendedLifetime(held) {}
  }

  /// Damaged files end neither the program nor what the patch file says; a broken patch file does not matter beside a
  /// state that is whole.
  @Test func aDamagedStateFallsBackToThePatch() throws {
    let folder = try TemporaryFolder(), patch = folder.path + "/patch.json"
    try Data("{ \"weft\": 1, \"nodes\": { \"given\": { \"type\": \"sine\" } }, \"cables\": [] }".utf8)
      .write(to: URL(fileURLWithPath: patch))
    let first = try PlayingWeft(["--resume", patch]), port = first.port
    _ = try first.send("/patch/create", "kept", "sine")
    _ = first.end(SIGKILL)
    try Data("{".utf8).write(to: URL(fileURLWithPath: patch))
    let second = try PlayingWeft(port: port, ["--resume", patch])
    #expect(try second.send("/patch/diff").output.contains("kept"))
    _ = second.end(SIGKILL)
    try Data("{ \"weft\": 1, \"nodes\": { \"given\": { \"type\": \"sine\" } }, \"cables\": [] }".utf8)
      .write(to: URL(fileURLWithPath: patch))
    for name in try FileManager.default.contentsOfDirectory(atPath: second.stateFolder) where name != "lock" {
      try Data("{\"weft\":1,".utf8).write(to: URL(fileURLWithPath: second.stateFolder + "/" + name))
    }
    let third = try PlayingWeft(port: port, ["--resume", patch])
    #expect(third.messages.contains("the state of the last run cannot be read"), "\(third.messages)")
    #expect(try third.send("/patch/nodes").output.contains("given"))
    _ = third.end(SIGTERM)
  }

  /// The answer to an edit, with the journal; the bound is for a debug build on a busy machine.
  @Test func anEditIsAnsweredSoon() throws {
    let weft = try PlayingWeft(), client = try OSCCaller(port: weft.port)
    func microseconds(_ message: (Int) -> OSCMessage) throws -> [Double] {
      try (0..<400).map { i in
        let start = weft_nanoseconds()
        _ = try client.call(message(i))
        return Double(weft_nanoseconds() - start) / 1e3
      }.sorted()
    }
    let edits = try microseconds { OSCMessage("/patch/create", [.string("n\($0)"), "gain"]) }
    let reads = try microseconds { _ in OSCMessage("/version") }
    print("answer to an edit, µs: median \(Int(edits[200])), 99 % \(Int(edits[396])); to /version: \(Int(reads[200]))")
    #expect(edits[200] < 20_000)
  }
}
