import Glibc

/// The longest part without a gap of a recorded sine of approximately known frequency.
///
/// A sine obeys x[n + 1] = 2 cos ω x[n] − x[n − 1]. A missing, repeated or silent period violates that by at least 10⁻³
/// of the amplitude; a frequency error of 1 % by less than 10⁻⁴.
public struct RecordedSine {
  public let longestPart: [Float]
  /// Discontinuities of the sine, between its first sound and its last.
  public let gaps: Int
  private let rate: Double

  public init(in sound: [Float], frequency: Double, rate: Double = 48_000) {
    let twoCosines = Float(2 * cos(2 * .pi * frequency / rate)), peak = sound.map(\.magnitude).max() ?? 0
    var parts: [Range<Int>] = [], start = 0
    for n in 1..<max(1, sound.count - 1)
    where (sound[n + 1] - twoCosines * sound[n] + sound[n - 1]).magnitude > 5e-4 * peak {
      if n - start > 2 { parts.append(start..<n) }
      start = n + 1
    }
    parts.append(start..<sound.count)
    // Silence has no gaps, too.
    let heard = parts.filter { range in sound[range].contains { $0.magnitude > 0.5 * peak } }
    self.rate = rate
    gaps = max(0, heard.count - 1)
    longestPart = peak == 0 ? [] : heard.max { $0.count < $1.count }.map { Array(sound[$0]) } ?? []
  }

  /// Frequency of that part, Hz; nil where it is shorter than a tenth of a second.
  public var pitch: Double? {
    guard Double(longestPart.count) > 0.1 * rate else { return nil }
    var crossings: [Double] = []
    for i in longestPart.indices.dropFirst() where longestPart[i - 1] < 0 && longestPart[i] >= 0 {
      crossings.append(Double(i) - Double(longestPart[i] / (longestPart[i] - longestPart[i - 1])))
    }
    guard crossings.count > 1 else { return nil }
    return Double(crossings.count - 1) / (crossings.last! - crossings.first!) * rate
  }
}
