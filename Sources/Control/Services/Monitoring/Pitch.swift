import DSP
import Glibc

/// Pitch detection by autocorrelation, normalised at each delay by the energy of both signals.
/// - Source: P. McLeod and G. Wyvill, "A smarter way to find pitch" (2005).
enum Pitch {
  /// Frames needed for one measurement.
  static let frames = 4_096
  /// Hz.
  static let range = 27.0...4_000

  /// Hz, the key with its fraction, and the similarity of two periods, 0 … 1; zeros without a pitch.
  static func values(_ sound: [Float], sampleRate: Double) -> [Float] {
    let (hertz, likeness) = measure(sound, sampleRate: sampleRate)
    return hertz > 0 ? [Float(hertz), Float(69 + 12 * log2(hertz / 440)), Float(likeness)] : [0, 0, 0]
  }

  private static func measure(_ sound: [Float], sampleRate: Double) -> (hertz: Double, likeness: Double) {
    let n = sound.count, energy = sound.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard energy > 1e-8 * Double(n) else { return (0, 0) }
    let likeness = correlation(sound, energy, longest: min(Int(sampleRate / range.lowerBound), n / 2))
    // Start at the first delay with negative correlation.
    guard let first = likeness.firstIndex(where: { $0 < 0 }) else { return (0, 0) }
    let shortest = max(first, Int(sampleRate / range.upperBound), 1)
    let peaks = (shortest..<max(shortest, likeness.count - 1)).filter {
      likeness[$0] > 0.3 && likeness[$0] >= likeness[$0 - 1] && likeness[$0] > likeness[$0 + 1]
    }
    // The first peak that is nearly as high as the highest; later ones are its multiples.
    guard let highest = peaks.map({ likeness[$0] }).max(),
      let place = peaks.first(where: { likeness[$0] > 0.9 * highest })
    else { return (0, 0) }
    let a = likeness[place - 1], b = likeness[place], c = likeness[place + 1]
    return (sampleRate / (Double(place) + 0.5 * (a - c) / (a - 2 * b + c)), min(b, 1))
  }

  /// Correlation of the sound with the delayed sound, −1 … 1, by delay.
  private static func correlation(_ sound: [Float], _ energy: Double, longest: Int) -> [Double] {
    let n = sound.count, transform = FourierTransform(size: 2 * n)
    var re = sound.map(Double.init) + [Double](repeating: 0, count: n), im = [Double](repeating: 0, count: 2 * n)
    transform.forward(&re, &im)
    for k in re.indices { (re[k], im[k]) = (re[k] * re[k] + im[k] * im[k], 0) }
    transform.inverse(&re, &im)
    var rest = 2 * energy
    return (0...longest).map { delay in
      if delay > 0 { for i in [delay - 1, n - delay] { rest -= Double(sound[i]) * Double(sound[i]) } }
      return rest > 0 ? 2 * re[delay] / rest : 0
    }
  }
}
