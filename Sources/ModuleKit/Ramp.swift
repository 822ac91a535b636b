/// A linear ramp, frame by frame: the gain of a cable on its way to a new amount.
///
/// It outlives plans, so that a ramp continues across an edit.
public struct Ramp: BitwiseCopyable, Sendable {
  public var start: Float
  public var target: Float
  /// Frames done, of `length`.
  public var position = 0
  public var length = 0

  @inlinable public init(at value: Float) {
    start = value
    target = value
  }

  @inlinable @inline(__always) public var isMoving: Bool { position < length }
  /// Remaining frames.
  @inlinable @inline(__always) public var remaining: Int { length - position }

  /// The value at frame i of the block. It depends on the frame alone, not on the division into blocks.
  @inlinable @inline(__always) public subscript(i: Int) -> Float {
    position + i + 1 >= length ? target : start + (target - start) * (Float(position + i + 1) / Float(length))
  }

  /// Starts a ramp from the present value.
  @inlinable @inline(__always) public mutating func move(to value: Float, frames: Int) {
    start = isMoving ? self[-1] : target
    target = value
    position = 0
    length = start == value ? 0 : frames
  }

  @inlinable @inline(__always) public mutating func advance(_ frames: Int) { position = min(position + frames, length) }
}
