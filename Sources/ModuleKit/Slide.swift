// [audio] One moving number for each of eight voices.
import DSP

/// Eight linear ramps, each with its own length. The value depends on the frame alone, not on the division into blocks.
public struct Slide: BitwiseCopyable, Sendable {
  private var start = Voices(0)
  public private(set) var target = Voices(0)
  /// Frames done, of `length`.
  private var position = Voices(0)
  private var length = Voices(0)
  public private(set) var isMoving = false

  public init(at value: Float = 0) {
    start = Voices(value)
    target = start
  }

  /// The values at frame i of the block.
  public subscript(i: Int) -> Voices {
    guard isMoving else { return target }
    let done = position + Voices(Float(i + 1))
    let line = Voices.fma(target - start, done / Voices.maximum(length, Voices(1)), start)
    return Voices.select(Voices.less(done, length), line, target)
  }

  /// The value that a voice had in the last frame.
  public func value(lane: Int) -> Float { self[-1][lane] }

  /// Starts a ramp of a voice from its present value; jumps where there are no frames.
  public mutating func move(lane: Int, to value: Float, frames: Int = 0) {
    start[lane] = self.value(lane: lane)
    set(lane, value, frames)
  }

  /// Starts a ramp of a voice from `from`.
  public mutating func move(lane: Int, from: Float, to value: Float, frames: Int) {
    start[lane] = from
    set(lane, value, frames)
  }

  private mutating func set(_ lane: Int, _ value: Float, _ frames: Int) {
    target[lane] = value
    position[lane] = 0
    length[lane] = start[lane] == value ? 0 : Float(frames)
    isMoving = Voices.less(position, length).signs != 0
  }

  public mutating func advance(_ frames: Int) {
    guard isMoving else { return }
    position = Voices.minimum(position + Voices(Float(frames)), length)
    isMoving = Voices.less(position, length).signs != 0
  }
}
