/// A moving gain by the rule: linear from its present value, over the ramp of the commit.
struct IdealLine {
  private var start: Float
  private(set) var target: Float
  private var position = 0
  private var length = 0

  init(at value: Float) { (start, target) = (value, value) }

  /// Frames until it has arrived.
  var remaining: Int { length - position }

  /// The gain `i` frames from now.
  func value(_ i: Int) -> Float {
    position + i + 1 >= length ? target : start + (target - start) * (Float(position + i + 1) / Float(length))
  }
  /// Starts a ramp from the present value; nothing where that is the target.
  mutating func move(to value: Float, over frames: Int) {
    start = remaining > 0 ? self.value(-1) : target
    (target, position) = (value, 0)
    length = start == value ? 0 : frames
  }
  mutating func advance(_ frames: Int) { position = min(position + frames, length) }
}
