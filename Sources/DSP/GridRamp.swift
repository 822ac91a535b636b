// [audio] Coefficients computed on the grid, interpolated linearly in between.

/// A set of coefficients that can be interpolated.
public protocol Coefficients: BitwiseCopyable, Sendable {
  init()
  /// A sixteenth of the distance from `start` to this: the step of one frame between grid points.
  func sixteenth(from start: Self) -> Self
  mutating func advance(by step: Self)
}

/// Coefficients that a kernel computes on the grid of 16 absolute frames. Values computed at one grid point are reached
/// at the next, so the result does not depend on how frames are split into calls.
public struct GridRamp<C: Coefficients>: BitwiseCopyable, Sendable {
  public var now = C()
  public var step = C()
  @usableFromInline var goal = C()
  // Fields shared by all lanes come last: the rest is then one number per lane throughout.
  public var isMoving = false
  /// False until the first coefficients, which apply at once.
  public var isSet = false

  @inlinable @inline(__always) public init() {}

  /// At a grid point: arrives at the target and starts towards the next, if there is a new one.
  @inlinable @inline(__always)
  public mutating func reachPoint(next: C?) {
    arrive()
    if let next { aim(at: next) }
  }

  /// At a grid point: the target is reached.
  @inlinable @inline(__always)
  public mutating func arrive() {
    now = goal
    isMoving = false
  }

  /// Starts towards `next`, having arrived.
  @inlinable @inline(__always)
  public mutating func aim(at next: C) {
    isMoving = isSet
    if isSet { step = next.sixteenth(from: now) } else { now = next }
    goal = next
    isSet = true
  }

  /// Applies coefficients at once.
  @inlinable @inline(__always)
  public mutating func jump(to coefficients: C) {
    (now, goal) = (coefficients, coefficients)
    (isMoving, isSet) = (false, true)
  }

  /// Stores the coefficients at the end of a run of moving frames.
  @inlinable @inline(__always)
  public mutating func stay(at coefficients: C) { now = coefficients }
}
