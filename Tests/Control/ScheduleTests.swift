import Control
import Engine
import PatchKit
import Testing

/// Limits, listing and removal of scheduled commands.
@Suite struct ScheduleTests {
  private final class Client {
    let id: Int
    var replies: [OSCMessage] = []
    init(_ id: Int) { self.id = id }
    var requester: Requester { Requester(id: id) { [unowned self] in replies.append($0) } }
    var failures: [OSCMessage] { replies.filter { $0.address == "/fail" } }
  }

  /// Sends a bundle due at a frame.
  private func schedule(_ client: Client, at frame: Int, _ rig: SessionRig, _ messages: OSCMessage...) {
    rig.session.frameAtNanoseconds = { _ in frame }
    rig.session.perform(
      .bundle(timeTag: OSCTime.now().tag(at: 2_000_000_000), messages.map { .message($0) }), from: client.requester)
  }
  private func status(_ rig: SessionRig, _ name: String) -> Double? {
    let values = rig.send("/status").last!.arguments
    return values.firstIndex(of: .string(name)).flatMap { values[$0 + 1].number }
  }

  @Test func aClientWithAWrongClockDoesNotLockOutTheOthers() {
    let rig = SessionRig.constant(), wrong = Client(7), other = Client(8), day = 86_400 * 48_000
    for i in 0..<4_100 { schedule(wrong, at: day + i, rig, OSCMessage("/mod/c/b", [0.25])) }
    #expect(wrong.failures.count == 4 && wrong.failures.last?.arguments[1] == "limit")
    let due = rig.engine.frame + 9_600
    schedule(other, at: due, rig, OSCMessage("/mod/c/b", [0.75]))
    #expect(other.failures.isEmpty)
    #expect(rig.send("/lane/c/b 0 0.01 0 0.01").last?.address == "/done")
    #expect(abs(rig.render(19_200).last! - 0.75) < 1e-4)
    #expect(status(rig, "scheduled") == 4_096)
    #expect(rig.send("/schedule/clear").last == OSCMessage("/done", ["/schedule/clear", 4_096]))
    #expect(status(rig, "scheduled") == 0 && status(rig, "scheduled-bytes") == 0)
  }

  @Test func memoryIsBoundedInBytes() {
    let rig = SessionRig.constant(), wrong = Client(7), day = 86_400 * 48_000
    let blob = OSCArgument.blob([UInt8](repeating: 0, count: 4 << 20))
    for i in 0..<40 { schedule(wrong, at: day + i, rig, OSCMessage("/patch/set", [blob])) }
    #expect(wrong.failures.count == 37)
    #expect(status(rig, "scheduled") == 3)
    // Many small messages take more memory than bytes on the wire.
    let many = Client(8), messages = [OSCMessage](repeating: OSCMessage("/a"), count: 100_000)
    for i in 0..<40 {
      rig.session.frameAtNanoseconds = { _ in day + i }
      rig.session.perform(
        .bundle(timeTag: OSCTime.now().tag(at: 2_000_000_000), messages.map { .message($0) }), from: many.requester)
    }
    #expect(status(rig, "scheduled-bytes")! < 32e6 && many.failures.count > 30)
  }

  @Test func scheduleDisplacesTheLargestClientFirst() {
    let rig = SessionRig.constant(), holders = (1...4).map { Client($0) }, last = Client(9), day = 86_400 * 48_000
    let blob = OSCArgument.blob([UInt8](repeating: 0, count: (1 << 20) - 512))
    for i in 0..<16 { for holder in holders { schedule(holder, at: day + i, rig, OSCMessage("/a", [blob])) } }
    #expect(holders.allSatisfy { $0.failures.isEmpty })
    #expect(status(rig, "scheduled") == 64)
    for i in 0..<4 { schedule(last, at: day + i, rig, OSCMessage("/a", [blob])) }
    #expect(last.failures.isEmpty)
    // One each, the latest.
    #expect(holders.map(\.failures.count) == [1, 1, 1, 1])
    #expect(holders[0].failures[0].arguments.prefix(2) == ["#bundle", "limit"])
    #expect(status(rig, "scheduled") == 64 && status(rig, "scheduled-bytes")! <= Double(64 << 20))
  }

  @Test func theScheduleIsListedAndClearedByClient() {
    let rig = SessionRig.constant(), other = Client(8)
    rig.send("/clock 120 4")
    rig.send("/clock/start")
    rig.send("/at bar 9 /patch/commit")
    rig.send("/lane/c/b 1 0.5 0 10")
    schedule(other, at: rig.engine.frame + 96_000, rig, OSCMessage("/note/panic"))
    let rows = rig.send("/schedule/list").dropLast().map(\.arguments)
    #expect(rows.map { $0[0] } == ["lane", "bundle", "at"])
    #expect(rows.map { $0[2] } == ["/mod/c/b", "/note/panic", "/patch/commit"])
    #expect(zip(rows, [0.5, 2, 16]).allSatisfy { abs($0[1].number! - $1) < 0.02 }, "\(rows)")
    #expect(rig.send("/schedule/list mine").last?.arguments == ["/schedule/list", 2])
    #expect(rig.send("/schedule/clear mine").last?.arguments == ["/schedule/clear", 2])
    #expect(rig.send("/schedule/list").last?.arguments == ["/schedule/list", 1])
    #expect(rig.failure("/schedule/clear yours") == "range")
    #expect(rig.failure("/schedule/list yours") == "range")
  }

  @Test(arguments: [true, false]) func aClientMayHaveItsScheduleClearedWhenItDisconnects(asks: Bool) {
    let rig = SessionRig.constant(), gone = Client(8)
    if asks { rig.session.perform(OSCMessage("/schedule/clear", ["on-disconnect"]), from: gone.requester) }
    schedule(gone, at: rig.engine.frame + 9_600, rig, OSCMessage("/mod/c/b", [0.75]))
    rig.session.forget(AnyHashable(8))
    #expect(abs(rig.render(19_200).last! - (asks ? 0 : 0.75)) < 1e-4)
  }

  /// A UDP client has no connection that ends: it is gone when it has sent nothing for a minute.
  @Test(arguments: [true, false]) func scheduleOfASilentUDPClientIsCleared(isSilent: Bool) {
    let rig = SessionRig.constant(), gone = Requester(id: 9, expires: true) { _ in }
    var now: UInt64 = 1_000_000_000
    rig.session.clock = { now }
    rig.session.perform(OSCMessage("/schedule/clear", ["on-disconnect"]), from: gone)
    for bar in 900...902 {
      rig.session.perform(OSCMessage("/at", ["bar", .int32(Int32(bar)), "/note/panic"]), from: gone)
    }
    let count = rig.send("/schedule/list").last?.arguments.last
    for _ in 0..<13 {
      now += 5_000_000_000
      if !isSilent { rig.session.perform(OSCMessage("/version"), from: gone) }
      rig.session.tick()
    }
    #expect(rig.send("/schedule/list").last?.arguments.last == (isSilent ? 0 : 3) && count == 3)
  }
}
