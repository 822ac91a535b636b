import Control
import Foundation
import Synchronization
import Testing

@Suite struct ControlLoopTests {
  @Test func postedWorkRunsInOrder() throws {
    let running = RunningLoop()
    let seen = Box<[Int]>([])
    for i in 0..<10_000 { running.loop.post { seen.value.append(i) } }
    #expect(try running.call { seen.value } == Array(0..<10_000))
    running.stop()
  }

  @Test func postsFromManyThreadsAllArrive() throws {
    let running = RunningLoop()
    let count = Box(0)
    let loop = running.loop
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for _ in 0..<1_000 { loop.post { count.value += 1 } }
    }
    #expect(try running.call { count.value } == 8_000)
    running.stop()
  }

  @Test func timersFireInTheOrderOfTheirMoments() {
    let loop = ControlLoop()
    let start = ControlLoop.now
    var fired: [Int] = []
    for index in [3, 1, 2, 0, 2] { loop.at(start + UInt64(index) * 2_000_000) { fired.append(index) } }
    let cancelled = loop.at(start + 1) { fired.append(99) }
    loop.cancel(cancelled)
    loop.at(start + 8_000_000) { loop.stop() }
    loop.run()
    #expect(fired == [0, 1, 2, 2, 3])
    #expect(ControlLoop.now - start >= 8_000_000)
  }

  @Test func aTimerMayCancelOneThatIsDueWithIt() {
    let loop = ControlLoop()
    var fired = 0
    let moment = ControlLoop.now
    var second: ControlLoop.Timer?
    loop.at(moment) { loop.cancel(second!) }
    second = loop.at(moment) { fired += 1 }
    loop.at(moment) { loop.at(moment) { loop.stop() } }
    loop.run()
    #expect(fired == 0)
  }

  @Test func manyCancelledTimersLeaveNothing() {
    let loop = ControlLoop()
    let moment = ControlLoop.now
    var fired: [Int] = []
    let timers = (0..<10_000).map { index in loop.at(moment + UInt64((index * 7_919) % 10_000)) { fired.append(index) }
    }
    for (index, timer) in timers.enumerated() where index % 100 != 0 { loop.cancel(timer) }
    loop.at(moment + 20_000) { loop.stop() }
    loop.run()
    #expect(fired == (0..<10_000).filter { $0 % 100 == 0 }.sorted { ($0 * 7_919) % 10_000 < ($1 * 7_919) % 10_000 })
  }

  @Test func descriptorsReportReadiness() {
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    let loop = ControlLoop()
    var log: [String] = []
    loop.add(ends[1], for: .write) { _ in
      write(ends[1], "x", 1)
      loop.remove(ends[1])
    }
    loop.add(ends[0], for: .read) { ready in
      var byte: UInt8 = 0
      log.append(read(ends[0], &byte, 1) == 1 ? "read" : "end")
      if ready.contains(.failed) {
        loop.remove(ends[0])
        loop.stop()
      } else {
        close(ends[1])
      }
    }
    loop.run()
    close(ends[0])
    #expect(log == ["read", "end"])
  }

  /// SIGUSR1 replaces SIGTERM, which would end the other tests of this process.
  @Test func signalsAreEventsOfTheLoop() throws {
    let loop = ControlLoop()
    var seen: Int32 = 0
    try loop.installSignals([SIGUSR1]) { signal in
      seen = signal
      loop.stop()
    }
    pthread_kill(pthread_self(), SIGUSR1)
    loop.run()
    #expect(seen == SIGUSR1)
  }
}
