// [audio] Two trapezoidal integrators in a loop: the state-variable filter.

/// The coefficients of a state-variable filter; its step never lengthens the states (see `CookbookFilter`).
/// - Source: A. Simper, "Linear trapezoidal integrated state variable filter" (2013).
public struct TrapezoidalIntegrators<L: Lane>: Coefficients {
  @usableFromInline var a1, a2, a3, damping: L

  /// - Parameters:
  ///   - frequency: the corner in cycles per sample; clamped to 10⁻⁶ … 0.49.
  ///   - damping: 1 / quality.
  @inlinable @inline(__always)
  public init(frequency: L, damping: L) {
    let g = L.tangentOfHalfCycles(L.clamp(frequency, L(1e-6), L(0.49)))
    a1 = L(1) / L.fma(g, g + damping, L(1))
    a2 = g * a1
    a3 = g * a2
    self.damping = damping
  }

  @inlinable @inline(__always)
  public init() {
    a1 = .zero
    a2 = .zero
    a3 = .zero
    damping = .zero
  }

  @inlinable @inline(__always)
  public func sixteenth(from start: Self) -> Self {
    var step = Self()
    step.a1 = (a1 - start.a1) * L(1 / 16)
    step.a2 = (a2 - start.a2) * L(1 / 16)
    step.a3 = (a3 - start.a3) * L(1 / 16)
    step.damping = (damping - start.damping) * L(1 / 16)
    return step
  }

  @inlinable @inline(__always)
  public mutating func advance(by step: Self) {
    a1 += step.a1
    a2 += step.a2
    a3 += step.a3
    damping += step.damping
  }

  /// The three responses to one input.
  @inlinable @inline(__always)
  public func step(_ x: L, band: inout L, low: inout L) -> (low: L, band: L, high: L) {
    let difference = x - low
    let middle = L.fma(a1, band, a2 * difference)
    let bottom = L.fma(a2, band, L.fma(a3, difference, low))
    band = middle + middle - band
    low = bottom + bottom - low
    return (bottom, middle, x - damping * middle - bottom)
  }
}
