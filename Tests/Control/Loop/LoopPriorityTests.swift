import CLoop
import Foundation
import Testing

import Control

/// Each test runs on a thread of its own, which ends with it: the priority is the thread's.
@Suite struct LoopPriorityTests {
  private static let second: UInt64 = 1_000_000_000

  /// Runs a test on a new thread; returns true where this user may not use real-time priority.
  private func onThread(_ body: @escaping @Sendable () -> Bool) -> Bool {
    final class Outcome: @unchecked Sendable { var isRight = false }
    let outcome = Outcome(), ended = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      let isPermitted = weft_set_realtime(true) && weft_set_realtime(false)
      outcome.isRight = !isPermitted || body()
      ended.signal()
    }
    ended.wait()
    return outcome.isRight
  }

  @Test func overloadRaisesThePriorityForAWhile() {
    let isRight = onThread {
      var priority = LoopPriority()
      priority.update(load: 0.5, at: Self.second, used: 0)
      guard !priority.isRaised, !weft_is_realtime() else { return false }
      priority.update(load: 0.95, at: 2 * Self.second, used: 0)
      guard priority.isRaised, weft_is_realtime() else { return false }
      priority.update(load: 0.1, at: 3 * Self.second, used: 0)
      guard priority.isRaised else { return false }
      priority.update(load: 0.1, at: 5 * Self.second, used: 0)
      return !priority.isRaised && !weft_is_realtime()
    }
    #expect(isRight)
  }

  @Test func audioWithoutRealTimePriorityNeverRaisesThePriority() {
    let isRight = onThread {
      var priority = LoopPriority()
      priority.update(load: 0.95, at: Self.second, used: 0)
      // The server was replaced by one without.
      priority.update(load: nil, at: 2 * Self.second, used: 0)
      return !priority.isRaised && !weft_is_realtime()
    }
    #expect(isRight)
  }

  @Test func aBusyControlThreadLosesThePriorityForATenthOfASecond() {
    let isRight = onThread {
      var priority = LoopPriority()
      let tenth = Self.second / 10
      priority.update(load: 1, at: 0, used: 0)
      priority.update(load: 1, at: tenth, used: tenth * 4 / 10)
      guard priority.isRaised else { return false }
      priority.update(load: 1, at: 2 * tenth, used: tenth)
      guard !priority.isRaised, !weft_is_realtime() else { return false }
      priority.update(load: 1, at: 2 * tenth + tenth / 2, used: tenth)
      guard !priority.isRaised else { return false }
      priority.update(load: 1, at: 4 * tenth, used: tenth)
      return priority.isRaised
    }
    #expect(isRight)
  }

  @Test func threadsMadeByTheControlThreadDoNotInheritThePriority() {
    let isRight = onThread {
      final class Outcome: @unchecked Sendable { var inherits = true }
      let outcome = Outcome(), ended = DispatchSemaphore(value: 0)
      _ = weft_set_realtime(true)
      Thread.detachNewThread {
        outcome.inherits = weft_is_realtime()
        ended.signal()
      }
      ended.wait()
      return weft_is_realtime() && !outcome.inherits
    }
    #expect(isRight)
  }
}
