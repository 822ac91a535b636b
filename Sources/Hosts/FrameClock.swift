// [audio] [control] The current frame of the audio thread.
import CRealtime
import Engine
import Synchronization

/// Frame and time of the start of the last period; written by the audio thread, read by any thread.
final class FrameClock: Sendable {
  private let lock = SequenceLock()
  private let frame = Atomic<Int>(0)
  private let moment = Atomic<UInt64>(0)

  /// [audio] Records the start of a period: its frame, and the monotonic time in nanoseconds.
  func mark(frame: Int, moment: UInt64) {
    lock.write {
      self.frame.store(frame, ordering: .releasing)
      self.moment.store(moment, ordering: .releasing)
    }
  }

  /// The frame that starts at `time`, in monotonic nanoseconds; nil before the first period.
  func frame(at time: UInt64, sampleRate: Double) -> Int? {
    let mark = lock.read {
      (frame: frame.load(ordering: .acquiring), moment: moment.load(ordering: .acquiring))
    }
    return mark.map { $0.frame + Int((Double(Int64(bitPattern: time &- $0.moment)) / 1e9 * sampleRate).rounded()) }
  }
}
