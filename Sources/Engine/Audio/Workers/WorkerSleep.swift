// [audio] Sleep and wake-up times of workers.
import CRealtime
import ModuleKit
import Synchronization

/// Lets workers sleep between periods.
///
/// Waking a thread takes tens of microseconds, perhaps half of the rendering time of a period. Periods are regular: so
/// workers wake by a timer shortly before the next one, and spin until it begins.
final class WorkerSleep: @unchecked Sendable {
  /// Grows with every period that has work.
  private let period = OwnedReference(inLine: Atomic<UInt32>(0))
  private let sleepers = Atomic<Int>(0), present = Atomic<Int>(0)
  private let dismissed = Atomic<Bool>(false)
  /// Nanoseconds of the monotonic clock: the start of the last period with work, its deadline, and the expected start
  /// of the next one.
  private let begun = Atomic<UInt64>(0), end = Atomic<UInt64>(0), next = Atomic<UInt64>(0)
  private let isRendering = Atomic<Bool>(false)

  /// Time of waking before the next period, and of spinning after its expected start.
  static let lead: UInt64 = 120_000

  // MARK: The audio thread

  /// The moment at which the period's sound is over.
  var deadline: UInt64 { end.load(ordering: .relaxed) }
  var hasWorkers: Bool { present.load(ordering: .relaxed) > 0 }

  func begin(frames: Int, sampleRate: Double) {
    let now = weft_nanoseconds(), last = begun.load(ordering: .relaxed)
    let length = UInt64(Double(frames) / sampleRate * 1e9)
    begun.store(now, ordering: .relaxed)
    end.store(now &+ length, ordering: .relaxed)
    // Offline, periods follow one another without a pause.
    next.store(now &+ min(length, now &- last), ordering: .relaxed)
    isRendering.store(true, ordering: .relaxed)
    period.pointee.add(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { weft_wake(period.reference().futex) }
  }

  func finish() { isRendering.store(false, ordering: .relaxed) }

  // MARK: Workers

  func enter() { present.add(1, ordering: .relaxed) }
  func leave() { present.subtract(1, ordering: .relaxed) }
  var isDismissed: Bool { dismissed.load(ordering: .acquiring) }

  /// Pauses between two looks for work.
  ///
  /// - Parameter looks: consecutive looks without work.
  func pause(_ looks: inout Int) {
    looks += 1
    let seen = period.pointee.load(ordering: .sequentiallyConsistent)
    if isRendering.load(ordering: .relaxed) {
      if looks < WorkerSleep.patience { return weft_relax() }
      // The worker with the task may be scheduled on this core, so stop spinning.
      looks = 0
      return sleep(seen, WorkerSleep.lead / 2)
    }
    let now = weft_nanoseconds(), next = next.load(ordering: .relaxed)
    if now &+ WorkerSleep.lead < next {
      sleep(seen, next &- WorkerSleep.lead &- now)
    } else if now < next &+ WorkerSleep.lead {
      for _ in 0..<16 { weft_relax() }
    } else {
      sleep(seen, 0)
    }
  }

  /// Number of looks in about a tenth of a millisecond.
  private static let patience = 2_000

  /// Sleeps until a period begins, or for this time; 0: without a limit.
  private func sleep(_ seen: UInt32, _ nanoseconds: UInt64) {
    sleepers.add(1, ordering: .sequentiallyConsistent)
    if !isDismissed { weft_sleep_while(period.reference().futex, seen, nanoseconds) }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
  }

  // MARK: The control side

  /// Lets workers start again, or return from their loop; only while nothing renders.
  func dismiss(_ isDismissed: Bool) {
    dismissed.store(isDismissed, ordering: .sequentiallyConsistent)
    period.pointee.add(1, ordering: .sequentiallyConsistent)
    weft_wake(period.reference().futex)
  }
}
