import Control
import Testing

@Suite struct LoopTimersTests {
  /// Runs the timers that are due.
  private func fire(_ timers: inout LoopTimers, at now: UInt64) {
    while let work = timers.due(at: now, upTo: timers.last) { work() }
  }

  @Test func timersFireByMomentThenByRegistration() {
    var timers = LoopTimers(), fired: [String] = []
    for (moment, name) in [(30, "c"), (10, "a"), (30, "d"), (20, "b"), (40, "e")] as [(UInt64, String)] {
      _ = timers.add(at: moment) { fired.append(name) }
    }
    var waits = [timers.wait(from: 4), timers.wait(from: 10), timers.wait(from: 35)]
    #expect(waits == [6, 0, 0])
    fire(&timers, at: 30)
    #expect(fired == ["a", "b", "c", "d"])
    waits = [timers.wait(from: 30)]
    fire(&timers, at: 100)
    #expect(fired == ["a", "b", "c", "d", "e"])
    waits.append(timers.wait(from: 100))
    #expect(waits == [10, -1])
  }

  @Test func cancelledTimersNeitherFireNorWake() {
    var timers = LoopTimers(), fired: [String] = []
    let first = timers.add(at: 10) { fired.append("first") }
    _ = timers.add(at: 20) { fired.append("second") }
    timers.cancel(first)
    timers.cancel(first)
    let wait = timers.wait(from: 0)
    fire(&timers, at: 50)
    #expect(wait == 20 && fired == ["second"])
    // So many that the heap is rebuilt.
    var ids: [Int] = []
    for i in 0..<1_000 { ids.append(timers.add(at: UInt64(1_000 - i)) { fired.append("\(i)") }) }
    for (i, id) in ids.enumerated() where i % 100 != 0 { timers.cancel(id) }
    fired = []
    fire(&timers, at: 2_000)
    #expect(fired == stride(from: 900, through: 0, by: -100).map { "\($0)" })
  }

  @Test func timersAddedMeanwhileWaitForTheNextRound() {
    var timers = LoopTimers(), fired = 0
    _ = timers.add(at: 10) { fired += 1 }
    let newest = timers.last
    _ = timers.add(at: 5) { fired += 10 }
    while let work = timers.due(at: 20, upTo: newest) { work() }
    // The later one is at the head of the heap: the round ends there.
    let wait = timers.wait(from: 20)
    #expect(fired == 0 && wait == 0)
    while let work = timers.due(at: 20, upTo: timers.last) { work() }
    #expect(fired == 11)
  }
}
