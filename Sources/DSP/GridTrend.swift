// [audio] A slow value, one grid point ahead.

/// Predicts a value that is read on the grid of 16 frames at the next grid point, so that coefficients that arrive there
/// are not late.
///
/// It continues the smaller of the last two rises if they have the same direction: a smooth movement is met without
/// lag, a step is not overshot.
public struct GridTrend<L: Lane>: BitwiseCopyable, Sendable {
  @usableFromInline var last = L.zero, rise = L.zero

  @inlinable @inline(__always) public init() {}

  /// At a grid point: the value expected at the next one; of a positive value at least its half.
  @inlinable @inline(__always)
  public mutating func next(after now: L) -> L {
    let rise = now - last
    // The smaller of two rises, of two falls; 0 where they differ in direction.
    let less = L.minimum(rise, self.rise), more = L.maximum(rise, self.rise)
    let trend = L.maximum(less, .zero) + L.minimum(more, .zero)
    (last, self.rise) = (now, rise)
    return L.maximum(now + trend, now * L(0.5))
  }

  /// Starts anew at a value, without a trend.
  @inlinable @inline(__always)
  public mutating func start(at value: L) { (last, rise) = (value, .zero) }

  /// True if a constant value is what it expects.
  @inlinable @inline(__always)
  public func isSettled(at value: L) -> Bool { (L.differ(last, value) | L.differ(rise, .zero)).signs == 0 }
}
