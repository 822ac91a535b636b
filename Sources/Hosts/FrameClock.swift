// [audio] [control] The current frame of the audio thread.
import CRealtime
import Synchronization

/// Frame and time of the start of the last period; written by the audio thread, read by any thread.
final class FrameClock: Sendable {
  /// Sequence lock: odd while the pair is being written.
  private let version = Atomic<Int>(0)
  private let frame = Atomic<Int>(0)
  private let moment = Atomic<UInt64>(0)

  /// [audio] Records the start of a period: its frame, and the monotonic time in nanoseconds.
  func mark(frame: Int, moment: UInt64) {
    // Releasing stores of the pair: none becomes visible before the odd version, on weakly ordered processors either.
    let odd = version.load(ordering: .relaxed) + 1
    version.store(odd, ordering: .relaxed)
    self.frame.store(frame, ordering: .releasing)
    self.moment.store(moment, ordering: .releasing)
    version.store(odd + 1, ordering: .releasing)
  }

  /// The frame that starts at `time`, in monotonic nanoseconds; nil before the first period.
  func frame(at time: UInt64, sampleRate: Double) -> Int? {
    while true {
      let before = version.load(ordering: .acquiring)
      if before == 0 { return nil }
      let frame = self.frame.load(ordering: .acquiring), moment = self.moment.load(ordering: .acquiring)
      guard before & 1 == 0, version.load(ordering: .acquiring) == before else { continue }
      return frame + Int((Double(Int64(bitPattern: time &- moment)) / 1e9 * sampleRate).rounded())
    }
  }
}
