// [audio] Targets of a corner frequency.
import DSP

extension Signal {
  /// The value that coefficients move to from frame i on: the present one where the source moves at audio rate, else the
  /// one expected at the next grid point.
  @inlinable @inline(__always)
  public func target(at i: Int, _ isOnGrid: Bool, _ trend: inout GridTrend<L>) -> L {
    if isAudioRate || !isOnGrid {
      trend.start(at: self[i])
      return self[i]
    }
    return trend.next(after: self[i])
  }
}
