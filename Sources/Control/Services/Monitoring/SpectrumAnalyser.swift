import DSP
import Glibc

/// Spectrum in bands of equal width in octaves.
struct SpectrumAnalyser {
  static let size = 4_096
  /// Lower edge of the first band, Hz.
  static let lowest = 20.0
  private static let floor: Float = -144
  private let transform = FourierTransform(size: size)
  /// Hann; its mean is a half.
  private let window = (0..<size).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(size)) }

  /// The highest partial of each band in dB, 0 for a sine of amplitude 1.
  func bands(_ sound: [Float], count: Int, sampleRate: Double) -> [Float] {
    var real = zip(sound, window).map { Double($0) * $1 }, imaginary = [Double](repeating: 0, count: real.count)
    transform.forward(&real, &imaginary)
    let size = Double(SpectrumAnalyser.size)
    let levels = (0...SpectrumAnalyser.size / 2).map {
      4 / size * (real[$0] * real[$0] + imaginary[$0] * imaginary[$0]).squareRoot()
    }
    let octaves = log2(sampleRate / 2 / SpectrumAnalyser.lowest)
    func bin(_ band: Int) -> Double {
      SpectrumAnalyser.lowest * exp2(octaves * Double(band) / Double(count)) * size / sampleRate
    }
    return (0..<count).map { band in
      let first = Int(bin(band).rounded()), last = max(first, Int(bin(band + 1).rounded()) - 1)
      let level = levels[min(first, levels.count - 1)...min(last, levels.count - 1)].max()!
      return level > 0 ? max(SpectrumAnalyser.floor, Float(20 * log10(level))) : SpectrumAnalyser.floor
    }
  }
}
