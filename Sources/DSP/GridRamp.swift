// [audio] Coefficients computed now and then, moved in a straight line in between.

/// A set of coefficients that can be moved from one to another.
public protocol Coefficients: BitwiseCopyable, Sendable {
  init()
  /// The sixteenth part of the way from `start` to this: the step of one frame between grid points.
  func sixteenth(from start: Self) -> Self
  mutating func advance(by step: Self)
}

/// Coefficients that a kernel computes on the grid of 16 absolute frames. What is computed at one grid
/// point is reached at the next, so the sound does not depend on how frames are split into calls.
public struct GridRamp<C: Coefficients>: BitwiseCopyable, Sendable {
  public var now = C()
  public var step = C()
  @usableFromInline var goal = C()
  // What is of all lanes comes last: the rest is then a number of each lane throughout.
  public var isMoving = false
  /// False until the first coefficients, which hold at once.
  public var isSet = false

  @inlinable @inline(__always) public init() {}

  /// At a grid point: arrives at the goal and sets out for the next, if there is a new one.
  @inlinable @inline(__always)
  public mutating func reachPoint(next: C?) {
    arrive()
    if let next { aim(at: next) }
  }

  /// At a grid point: the goal is reached.
  @inlinable @inline(__always)
  public mutating func arrive() {
    now = goal
    isMoving = false
  }

  /// Sets out for `next`, having arrived.
  @inlinable @inline(__always)
  public mutating func aim(at next: C) {
    isMoving = isSet
    if isSet { step = next.sixteenth(from: now) } else { now = next }
    goal = next
    isSet = true
  }

  /// Keeps where a run of moving frames has come to.
  @inlinable @inline(__always)
  public mutating func stay(at coefficients: C) { now = coefficients }
}
