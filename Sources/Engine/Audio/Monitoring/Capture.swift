// [audio] [control] The output as a stream of blocks for recordings.
import Synchronization

/// A ring buffer of interleaved frames. The audio thread writes and never waits: frames without room are dropped and
/// counted, and appear to the reader as a gap between blocks.
package final class Capture: @unchecked Sendable {
  private struct Block: BitwiseCopyable {
    var frame: Int
    var frames: Int
  }
  /// Over five seconds at 48 kHz.
  private static let capacity = 1 << 18

  package let channels: Int
  private let samples: UnsafeMutablePointer<Float>
  private let blocks = RingBuffer<Block>(capacity: 1 << 14)
  private let isOn = Atomic<Bool>(false)
  private var isTouched = false
  /// Frames written (audio thread) and read (control side) since the start.
  private var written = 0
  private let read = Atomic<Int>(0)
  private var readHere = 0
  private let lost = Atomic<Int>(0)

  init(channels: Int) {
    self.channels = channels
    // Costs no memory until it is touched.
    samples = .allocate(capacity: Capture.capacity * max(channels, 1))
  }
  deinit { samples.deallocate() }

  /// Frames dropped for lack of room. Any thread.
  package var lostCount: Int { lost.load(ordering: .relaxed) }

  /// [control] Starts or stops the capture, from the next period on.
  package func set(isOn: Bool) {
    if isOn && !isTouched {
      // The audio thread must not be the first to touch a page.
      samples.initialize(repeating: 0, count: Capture.capacity * max(channels, 1))
      isTouched = true
    }
    self.isOn.store(isOn, ordering: .releasing)
  }

  /// [audio] Writes one period.
  func push(_ outputs: UnsafePointer<UnsafeMutablePointer<Float>?>, at frame: Int, frames: Int) {
    guard isOn.load(ordering: .acquiring), frames > 0 else { return }
    guard written - read.load(ordering: .acquiring) + frames <= Capture.capacity, blocks.room > 0 else {
      lost.add(frames, ordering: .relaxed)
      return
    }
    for channel in 0..<channels {
      let from = outputs[channel]
      var at = written & (Capture.capacity - 1)
      for i in 0..<frames {
        samples[at * channels + channel] = from?[i] ?? 0
        at = (at + 1) & (Capture.capacity - 1)
      }
    }
    written += frames
    _ = blocks.push(Block(frame: frame, frames: frames))
  }

  /// [control] Passes the oldest block to `body`, in one piece or two, each with its first frame; false where there is
  /// none.
  package func nextBlock(_ body: (_ frame: Int, _ samples: UnsafeBufferPointer<Float>) -> Void) -> Bool {
    guard let block = blocks.pop() else { return false }
    let at = readHere & (Capture.capacity - 1)
    let first = min(block.frames, Capture.capacity - at)
    body(block.frame, UnsafeBufferPointer(start: samples + at * channels, count: first * channels))
    if first < block.frames {
      body(
        block.frame + first, UnsafeBufferPointer(start: samples, count: (block.frames - first) * channels))
    }
    readHere += block.frames
    read.store(readHere, ordering: .releasing)
    return true
  }
}
