// [audio] Noise that falls by 3 dB an octave.
import Glibc

/// Makes pink noise from white: six one-pole low-passes in parallel, each √4.5 weaker and 4.5 times higher than the
/// last, and a direct part.
///
/// The corners are set in Hz, 9 Hz ... 16.6 kHz, so that the slope is the same at every sample rate: −3.01 ± 0.2 dB per
/// octave from 20 Hz to 20 kHz. A zero compensates the flattening of the corners towards half the rate.
/// - Source: the form is Paul Kellett's "refined" filter (music-dsp list, 1999), which is tuned for 44.1 kHz.
public struct PinkFilter<L: Lane>: BitwiseCopyable, @unchecked Sendable {
  public static var poleCount: Int { 6 }
  @usableFromInline let states: UnsafeMutablePointer<L>
  @usableFromInline let poles: UnsafeMutablePointer<Float>
  @usableFromInline let gains: UnsafeMutablePointer<Float>
  @usableFromInline let direct: Float
  @usableFromInline let zero: Float
  @usableFromInline var before = L.zero

  /// [control] - Parameters:
  ///   - states: `poleCount` zeros, cleared by a reset.
  ///   - coefficients: room for 2 · `poleCount`, kept by a reset.
  ///   - level: the root mean square of the output, for uniform white noise of −1 ... 1.
  public init(
    sampleRate: Float, states: UnsafeMutablePointer<L>, coefficients: UnsafeMutablePointer<Float>, level: Double
  ) {
    self.states = states
    poles = coefficients
    gains = coefficients + Self.poleCount
    let rate = Double(sampleRate)
    var p = [Double](), g = [Double]()
    for k in 0..<Self.poleCount {
      let corner = 9 * pow(4.5, Double(k))
      p.append(exp(-2 * .pi * corner / rate))
      // The lowest also replaces all below it.
      g.append((1 - p[k]) * (k == 0 ? 1.5 : 1) / corner.squareRoot())
    }
    let rest = 0.6 / (9 * pow(4.5, Double(Self.poleCount - 1))).squareRoot()
    var power = rest * rest
    for j in 0..<Self.poleCount {
      power += 2 * rest * g[j]
      for k in 0..<Self.poleCount { power += g[j] * g[k] / (1 - p[j] * p[k]) }
    }
    let slow = min(48_000 / rate, 1.1)
    let c = 0.12 * slow * slow
    let scale = level / (power / 3).squareRoot() / (1 + c)
    for k in 0..<Self.poleCount {
      poles[k] = Float(p[k])
      gains[k] = Float(g[k] * scale)
    }
    direct = Float(rest * scale)
    zero = Float(c)
  }

  @inlinable @inline(__always)
  public mutating func next(_ white: L) -> L {
    var sum = white * direct
    for k in 0..<Self.poleCount {
      let state = L.fma(states[k], L(poles[k]), white * gains[k])
      states[k] = state
      sum += state
    }
    let pink = L.fma(before, L(zero), sum)
    before = sum
    return pink
  }
}
