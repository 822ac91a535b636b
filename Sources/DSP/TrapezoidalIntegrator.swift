// [audio] One trapezoidal integrator in a loop: the first-order filter.

/// The coefficient of a first-order filter; its step never lengthens the state, so that it may move freely.
/// - Source: V. Zavalishin, "The Art of VA Filter Design" (2012), section 3.
public struct TrapezoidalIntegrator<L: Lane>: Coefficients {
  /// Gain from the input's distance to the state, half a step ahead.
  public var share: L

  @inlinable @inline(__always) public init() { share = .zero }

  /// - Parameter frequency: the corner in cycles per sample; clamped to 10⁻⁶ … 0.49.
  @inlinable @inline(__always)
  public init(frequency: L) {
    let g = L.tangentOfHalfCycles(L.clamp(frequency, L(1e-6), L(0.49)))
    share = g / (g + L(1))
  }

  @inlinable @inline(__always)
  public func sixteenth(from start: Self) -> Self {
    var step = Self()
    step.share = (share - start.share) * L(1 / 16)
    return step
  }

  @inlinable @inline(__always) public mutating func advance(by step: Self) { share += step.share }

  /// The low-pass output; the input minus it is the high-pass output.
  @inlinable @inline(__always)
  public func step(_ x: L, _ state: inout L) -> L {
    let v = (x - state) * share
    let low = v + state
    state = low + v
    return low
  }
}
