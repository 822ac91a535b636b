// [audio] Raised-cosine fades of eight voices.
import DSP

/// Eight fades, each with its own length: half a cosine, from the present value and slope to a target with slope 0.
///
/// A linear fade has a corner at each end, which is heard as a click (−45 dB above 9 kHz); this one has none, also where
/// it replaces a fade that still runs. The value depends on the frame alone, not on the division into blocks.
public struct Fade: BitwiseCopyable, Sendable {
  private var start = Voices(0)
  /// Change per fade at its start, if it went on.
  private var slope = Voices(0)
  public private(set) var target = Voices(0)
  /// Frames done, of `length`.
  private var position = Voices(0)
  private var length = Voices(0)
  public private(set) var isMoving = false

  public init() {}

  /// The values at frame i of the block.
  public subscript(i: Int) -> Voices {
    guard isMoving else { return target }
    let done = position + Voices(Float(i + 1))
    let t = Voices.minimum(done / Voices.maximum(length, Voices(1)), Voices(1)), rest = Voices(1) - t
    let share = Voices.fma(Voices.cosine(cycles: t * Voices(0.5)), Voices(0.5), Voices(0.5))
    let value = Voices.fma(slope * t, rest * rest, Voices.fma(start - target, share, target))
    return Voices.select(Voices.less(done, length), value, target)
  }

  /// The value that a voice had in the last frame.
  public func value(lane: Int) -> Float { self[-1][lane] }

  /// Starts a fade of a voice from its present value; jumps where there are no frames.
  public mutating func move(lane: Int, to value: Float, frames: Int = 0) {
    let now = self.value(lane: lane), speed = speed(lane: lane)
    start[lane] = now
    target[lane] = value
    position[lane] = 0
    length[lane] = now == value && speed == 0 ? 0 : Float(frames)
    slope[lane] = speed * Float(frames)
    isMoving = Voices.less(position, length).signs != 0
  }

  /// The change per frame of a voice at the last frame.
  private func speed(lane: Int) -> Float {
    guard position[lane] < length[lane] else { return 0 }
    let t = position[lane] / length[lane]
    let cosine = (target[lane] - start[lane]) * (.pi / 2) * Voices.sine(cycles: Voices(t * 0.5))[0]
    return (cosine + slope[lane] * (1 - t) * (1 - 3 * t)) / length[lane]
  }

  public mutating func advance(_ frames: Int) {
    guard isMoving else { return }
    position = Voices.minimum(position + Voices(Float(frames)), length)
    isMoving = Voices.less(position, length).signs != 0
  }
}
