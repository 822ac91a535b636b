// [audio] The second-order filters of the cookbook, in a form that tolerates modulation.

/// The responses of the cookbook, in the order of their names.
public enum FilterMode: Int, CaseIterable, Sendable {
  case lowpass, highpass, bandpass, notch, peak, lowshelf, highshelf, allpass
}

/// The coefficients of one second-order filter, as two trapezoidal integrators and a mix of them.
///
/// The response is the cookbook's own. Compared with a direct form, the states keep their precision at low corners, and
/// no state vector ever grows (each step is a contraction, and so is every blend of two steps): the coefficients may
/// move linearly from any set to any other, at any speed.
/// - Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients"; A. Simper,
///   "Linear trapezoidal integrated state variable filter" (2013), for the structure.
public struct CookbookFilter<L: Lane>: Coefficients {
  /// band' = keep · band + turn · (x − low); low' = low + turn · band + rise · (x − low).
  public var keep, turn, rise: L
  /// y = direct · x + fromBand · band + fromLow · low.
  public var direct, fromBand, fromLow: L

  /// - Parameters:
  ///   - frequency: the corner in cycles per sample; clamped to 10⁻⁶ … 0.49.
  ///   - gain: dB; peak and shelves only.
  @inlinable @inline(__always)
  public init(_ mode: FilterMode, frequency: L, q: L, gain: L) {
    var g = L.tangentOfHalfCycles(L.clamp(frequency, L(1e-6), L(0.49)))
    var k = L(1) / L.maximum(q, L(1e-3))
    // The root of the amplitude ratio, as in the cookbook: 10^(dB / 40).
    var a = L(1)
    switch mode {
    case .peak:
      a = L.amplitude(decibels: gain * L(0.5))
      k = k / a
    case .lowshelf:
      a = L.amplitude(decibels: gain * L(0.5))
      g = g / L.squareRoot(a)
    case .highshelf:
      a = L.amplitude(decibels: gain * L(0.5))
      g = g * L.squareRoot(a)
    default: break
    }
    // The shares of input, band and low in the output.
    let (input, band, low): (L, L, L) =
      switch mode {
      case .lowpass: (L(0), L(0), L(1))
      case .highpass: (L(1), -k, L(-1))
      case .bandpass: (L(0), k, L(0))
      case .notch: (L(1), -k, L(0))
      case .peak: (L(1), k * (a * a - L(1)), L(0))
      case .lowshelf: (L(1), k * (a - L(1)), a * a - L(1))
      case .highshelf: (a * a, k * (L(1) - a) * a, L(1) - a * a)
      case .allpass: (L(1), L(-2) * k, L(0))
      }
    let a1 = L(1) / L.fma(g, g + k, L(1))
    let a2 = g * a1
    let a3 = g * a2
    // 2 a1 − 1, without the rounding of a1.
    keep = a1 * (L(1) - L.fma(g, g, g * k))
    turn = a2 + a2
    rise = a3 + a3
    direct = L.fma(low, a3, L.fma(band, a2, input))
    fromBand = L.fma(low, a2, band * a1)
    fromLow = L.fma(-low, a3, L.fma(-band, a2, low))
  }

  @inlinable @inline(__always)
  public init() {
    keep = .zero
    turn = .zero
    rise = .zero
    direct = .zero
    fromBand = .zero
    fromLow = .zero
  }

  @inlinable @inline(__always)
  public func sixteenth(from start: Self) -> Self {
    var step = Self()
    step.keep = (keep - start.keep) * L(1 / 16)
    step.turn = (turn - start.turn) * L(1 / 16)
    step.rise = (rise - start.rise) * L(1 / 16)
    step.direct = (direct - start.direct) * L(1 / 16)
    step.fromBand = (fromBand - start.fromBand) * L(1 / 16)
    step.fromLow = (fromLow - start.fromLow) * L(1 / 16)
    return step
  }

  @inlinable @inline(__always)
  public mutating func advance(by step: Self) {
    keep += step.keep
    turn += step.turn
    rise += step.rise
    direct += step.direct
    fromBand += step.fromBand
    fromLow += step.fromLow
  }

  /// The filter of one lane.
  @inlinable @inline(__always)
  public func lane(_ lane: Int) -> CookbookFilter<Float> {
    var one = CookbookFilter<Float>()
    one.keep = keep[lane: lane]
    one.turn = turn[lane: lane]
    one.rise = rise[lane: lane]
    one.direct = direct[lane: lane]
    one.fromBand = fromBand[lane: lane]
    one.fromLow = fromLow[lane: lane]
    return one
  }

  /// The output for one more input.
  @inlinable @inline(__always)
  public func step(_ x: L, band: inout L, low: inout L) -> L {
    // The input comes last: in a chain of filters it is what is waited for.
    let y = L.fma(direct, x, L.fma(fromBand, band, fromLow * low))
    // In the order in which the states are ready: eight cycles a frame instead of eleven.
    let nextBand = L.fma(keep, band, L.fnma(turn, low, turn * x))
    low = L.fma(turn, band, rise * x) + L.fnma(rise, low, low)
    band = nextBand
    return y
  }
}
