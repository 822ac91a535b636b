// [control] The difference between band-limited and ideal edges.
import Glibc

/// Residuals that turn ideal steps and corners of a wave into band-limited ones (BLEP, BLAMP).
///
/// Added to a naively sampled wave they give the samples of the wave behind a low-pass filter: flat within 0.2 dB to
/// 0.375 of the rate, 70 dB down from 0.51 on, 82 dB from 0.52 on. The filter is minimum-phase, so an edge is complete
/// in 3 frames without pre-ringing; its delay at low frequencies is exactly `delay` frames, so that a corner's residual
/// decays too.
/// - Source: Brandt, "Hard sync without aliasing", ICMC 2001 (minimum-phase steps); Esqueda, Välimäki and
///   Bilbao, "Rounding corners with BLAMP", DAFx 2016 (corners).
public enum EdgeTable {
  /// Length of a residual in frames.
  public static let taps = 32
  /// Tabulated sub-sample positions; linear interpolation between them.
  public static let phases = 128
  /// Latency of the filtered wave in frames.
  public static let delay = 3

  /// (`phases` + 1) rows of `taps`: tap j of row p belongs to j + p/`phases` frames after a step of 1.
  public static var steps: UnsafePointer<Float> { tables.steps }
  /// The same after a corner that adds a slope of 1 a frame.
  public static var corners: UnsafePointer<Float> { tables.corners }

  /// Made on first use, kept for good.
  private static let tables = makeTables()

  private struct Tables: @unchecked Sendable {
    let steps: UnsafePointer<Float>
    let corners: UnsafePointer<Float>
  }

  private static func makeTables() -> Tables {
    let impulse = minimumPhase(of: windowedSinc())
    // Shifted by part of a frame, the low-frequency delay becomes whole.
    var shift = Double(delay) * Double(phases)
    for (k, mass) in impulse.enumerated() { shift -= (Double(k) + 0.5) * mass }
    let count = (phases + 1) * taps
    // A row is two cache lines, and not parts of three.
    func room() -> UnsafeMutablePointer<Float> {
      UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64).bindMemory(to: Float.self, capacity: count)
    }
    let steps = room(), corners = room()
    // Cumulative sums of the impulse: mass and first moment before each point of the grid.
    var mass = [0.0], moment = [0.0]
    for (k, value) in impulse.enumerated() {
      mass.append(mass[k] + value)
      moment.append(moment[k] + value * (Double(k) + 0.5 + shift))
    }
    for row in 0...phases {
      for tap in 0..<taps {
        let place = Double(tap * phases + row)
        let inside = min(max(place - shift, 0), Double(impulse.count))
        let k = min(Int(inside), impulse.count - 1), part = inside - Double(k)
        let step = mass[k] + part * impulse[k]
        let corner = place * step - (moment[k] + part * (moment[k + 1] - moment[k]))
        let ideal = max(place - Double(delay * phases), 0)
        steps[row * taps + tap] = Float(step - (tap >= delay ? 1 : 0))
        corners[row * taps + tap] = Float((corner - ideal) / Double(phases))
      }
    }
    return Tables(steps: UnsafePointer(steps), corners: UnsafePointer(corners))
  }

  /// A windowed-sinc low-pass, one frame shorter than the table (the shift takes up the last), with a Kaiser window for
  /// 80 dB; its middle is at 0.43 of the rate.
  private static func windowedSinc() -> [Double] {
    let length = (taps - 1) * phases, beta = 7.86, edge = 0.43
    return (0..<length).map { k in
      let t = (Double(k) + 0.5 - Double(length) / 2) / Double(phases)
      let x = 2 * t / Double(taps - 1)
      let sinc = sin(2 * .pi * edge * t) / (.pi * t)
      return sinc * bessel(beta * (1 - x * x).squareRoot())
    }
  }

  /// The modified Bessel function I₀.
  private static func bessel(_ x: Double) -> Double {
    var term = 1.0, sum = 1.0, k = 1.0
    while term > 1e-17 * sum {
      term *= (x / (2 * k)) * (x / (2 * k))
      sum += term
      k += 1
    }
    return sum
  }

  /// The minimum-phase filter of the same magnitudes, by folding the cepstrum; scaled to a sum of 1.
  private static func minimumPhase(of impulse: [Double]) -> [Double] {
    let size = 1 << 16
    let transform = FourierTransform(size: size)
    var real = impulse + [Double](repeating: 0, count: size - impulse.count)
    var imaginary = [Double](repeating: 0, count: size)
    transform.forward(&real, &imaginary)
    for k in 0..<size {
      real[k] = log(max((real[k] * real[k] + imaginary[k] * imaginary[k]).squareRoot(), 1e-12))
      imaginary[k] = 0
    }
    transform.inverse(&real, &imaginary)
    for n in 0..<size {
      real[n] *= n == 0 || n == size / 2 ? 1 : n < size / 2 ? 2 : 0
      imaginary[n] = 0
    }
    transform.forward(&real, &imaginary)
    for k in 0..<size { (real[k], imaginary[k]) = (exp(real[k]) * cos(imaginary[k]), exp(real[k]) * sin(imaginary[k])) }
    transform.inverse(&real, &imaginary)
    let sum = real[..<impulse.count].reduce(0, +)
    return real[..<impulse.count].map { $0 / sum }
  }
}
