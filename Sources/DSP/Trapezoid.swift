// [audio] A pulse with ramps.

extension Lane {
  /// A trapezoid within a cycle: rises from 0 to 1, stays, falls, and is 0 for the gap.
  ///
  /// - Parameters:
  ///   - place: within the cycle, 0 ... 1.
  ///   - ramp: each ramp's share of the audible part; from 0.5 on nothing is flat.
  ///   - gap: the silent share at the end of the cycle.
  @inlinable @inline(__always)
  public static func trapezoid(_ place: Self, ramp: Self, gap: Self) -> Self {
    let audible = Self(1) - clamp(gap, .zero, Self(1))
    let length = clamp(audible * ramp, .zero, audible * Self(0.5))
    let isSteep = less(length, Self(1e-7))
    let slope = Self(1) / select(isSteep, Self(1), length)
    let left = audible - place
    let nearest = minimum(minimum(place, left) * slope, Self(1))
    let level = select(isSteep, Self(1), maximum(nearest, .zero))
    return select(less(.zero, left), level, .zero)
  }
}
