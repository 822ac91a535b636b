// [audio] The gain of one cable on its way to a new amount.

/// A straight line between two gains. It outlives plans, so that an edit in the middle of a ramp goes on
/// from where the ramp is.
struct Ramp {
  var start: Float
  var target: Float
  /// Frames done, of `length`.
  var position = 0
  var length = 0

  init(at value: Float) {
    start = value
    target = value
  }

  @inline(__always) var isMoving: Bool { position < length }

  /// The gain at frame i of the chunk. It depends on the frame alone, not on how time is cut into chunks.
  @inline(__always) subscript(i: Int) -> Float {
    position + i + 1 >= length ? target : start + (target - start) * (Float(position + i + 1) / Float(length))
  }

  /// Sets off from the present gain.
  @inline(__always) mutating func move(to value: Float, frames: Int) {
    start = isMoving ? self[-1] : target
    target = value
    position = 0
    length = start == value ? 0 : frames
  }

  @inline(__always) mutating func advance(_ frames: Int) { position = min(position + frames, length) }
}
