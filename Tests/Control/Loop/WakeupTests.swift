import Control
import Engine
import PatchKit
import Testing

/// Wake-ups of the control thread, counted.
@Suite struct WakeupTests {
  /// Runs a server for a while, then counts wake-ups a second.
  private func wakeups(_ lines: [OSCMessage] = [], scheduledIn seconds: Double? = nil) throws -> Double {
    let loop = ControlLoop(), engine = Engine(sampleRate: 48_000)
    let session = Session(engine: engine, registry: registry)
    let server = try SessionServer(session, loop: loop, host: "127.0.0.1", port: 0)
    let requester = Requester(id: 1) { _ in }
    for line in lines { session.perform(line, from: requester) }
    if let seconds {
      session.frameAtNanoseconds = { _ in Int(seconds * 48_000) }
      session.perform(
        .bundle(timeTag: OSCTime.now().tag(at: 2_000_000_000), [.message(OSCMessage("/note/panic"))]), from: requester)
    }
    var first = (count: 0, time: UInt64(0)), last = first
    loop.after(0.2) { first = (loop.wakeupCount, ControlLoop.now) }
    loop.after(1.2) {
      last = (loop.wakeupCount, ControlLoop.now)
      loop.stop()
    }
    loop.run()
    withExtendedLifetime(server) {}
    return Double(last.count - first.count) / (Double(last.time - first.time) / 1e9)
  }

  @Test func anIdleSessionWakesUpTenTimesASecond() throws {
    let rate = try wakeups()
    #expect(rate <= 13, "\(rate)")
  }

  @Test func aBundleDueInAnHourDoesNotKeepTheThreadAwake() throws {
    let rate = try wakeups(scheduledIn: 3_600)
    #expect(rate <= 13, "\(rate)")
  }

  @Test func anAutomationAndABarInAnHourDoNotKeepTheThreadAwake() throws {
    let rate = try wakeups([
      OSCMessage("/patch/create", ["c", "math"]), OSCMessage("/lane/c/b", [1, 3_600, 0, 1]),
      OSCMessage("/at", ["bar", 2_000, "/note/panic"]),
    ])
    #expect(rate <= 13, "\(rate)")
  }

  /// Nothing renders, so the commit stays pending.
  @Test func aCommitThatWaitsLongIsLookedAtLessOften() throws {
    let rate = try wakeups([OSCMessage("/patch/create", ["c", "sine"]), OSCMessage("/patch/commit", [])])
    #expect(rate <= 250, "\(rate)")
  }

  @Test func aScheduledCommandIsPerformedWhenItsTimeComes() throws {
    let loop = ControlLoop(), engine = Engine(sampleRate: 48_000)
    let session = Session(engine: engine, registry: registry)
    let server = try SessionServer(session, loop: loop, host: "127.0.0.1", port: 0)
    var isPerformed = false
    session.onQuit = {
      isPerformed = true
      loop.stop()
    }
    session.frameAtNanoseconds = { _ in 19_200 }
    session.perform(
      .bundle(timeTag: OSCTime.now().tag(at: 2_000_000_000), [.message(OSCMessage("/quit"))]),
      from: Requester { _ in })
    // Frames advance in real time.
    let left = UnsafeMutablePointer<Float>.allocate(capacity: 480), start = ControlLoop.now
    defer { left.deallocate() }
    func render() {
      while Double(engine.frame) / 48_000 < Double(ControlLoop.now - start) / 1e9 {
        var outputs: [UnsafeMutablePointer<Float>?] = [left, nil]
        engine.render(inputs: nil, outputs: &outputs, frames: 480)
      }
      loop.after(0.01) { render() }
    }
    render()
    loop.after(20) { loop.stop() }
    loop.run()
    #expect(isPerformed && engine.frame >= 19_200 - 4_800)
    withExtendedLifetime(server) {}
  }
}
