// [audio] A state-variable filter of two integrators in a row.

/// The filter of early digital synthesizers, with its colour near the top; limited where it would not be stable.
/// - Source: H. Chamberlin, "Musical Applications of Microprocessors" (1980).
public struct ChamberlinFilter<L: Lane>: BitwiseCopyable, Sendable {
  @usableFromInline var low = L.zero, band = L.zero

  @inlinable @inline(__always) public init() {}

  /// The coefficients of a corner and a quality.
  public struct Coefficients: BitwiseCopyable, Sendable {
    @usableFromInline let f: L
    @usableFromInline let damping: L

    /// - Parameters:
    ///   - cycles: corner frequency · sample period.
    ///   - quality: above 0.
    @inlinable @inline(__always)
    public init(cycles: L, quality: L) {
      damping = L(1) / L.maximum(quality, L(0.01))
      let wanted = L(2) * L.sineOfHalfCycle(L.clamp(cycles, .zero, L(0.5)) * 0.5)
      // Both poles are inside the unit circle below √(d² + 4) − d.
      let limit = L.squareRoot(L.fma(damping, damping, L(4))) - damping
      f = L.minimum(wanted, limit * 0.995)
    }
  }

  /// - Parameter shape: 0 low-pass, ½ band-pass, 1 high-pass, with linear blends between.
  @inlinable @inline(__always)
  public mutating func next(_ x: L, _ coefficients: Coefficients, shape: L) -> L {
    low = L.fma(coefficients.f, band, low)
    let high = x - low - coefficients.damping * band
    band = L.fma(coefficients.f, high, band)
    let place = shape + shape
    let isUpper = L.less(L(1), place)
    let from = L.select(isUpper, band, low), to = L.select(isUpper, high, band)
    return L.fma(L.select(isUpper, place - L(1), place), to - from, from)
  }
}
