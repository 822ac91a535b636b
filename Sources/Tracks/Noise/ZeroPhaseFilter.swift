import Glibc

/// A filter of first or second order that runs forwards, then backwards over a whole signal: it delays nothing.
///
/// Before it starts, both ends are extended by their own mirror image, turned about the end sample; each direction
/// starts in the steady state of its first sample.
struct ZeroPhaseFilter {
  private let b: (Double, Double, Double), a: (Double, Double)
  /// Frames of the extension.
  private let edge: Int

  /// A Butterworth low-pass of first order.
  static func lowpass(_ corner: Double, rate: Double) -> ZeroPhaseFilter {
    let k = tan(.pi * corner / rate), scale = k / (1 + k)
    return ZeroPhaseFilter(b: (scale, scale, 0), a: ((k - 1) / (k + 1), 0), edge: 6)
  }

  /// A Butterworth high-pass of second order.
  static func highpass(_ corner: Double, rate: Double) -> ZeroPhaseFilter {
    let k = tan(.pi * corner / rate), root = 2.0.squareRoot(), scale = 1 / (1 + root * k + k * k)
    return ZeroPhaseFilter(
      b: (scale, -2 * scale, scale), a: (2 * (k * k - 1) * scale, (1 - root * k + k * k) * scale), edge: 9)
  }

  func callAsFunction(_ x: [Double]) -> [Double] {
    guard let first = x.first, let last = x.last, x.count > edge else { return x }
    var signal = (1...edge).reversed().map { 2 * first - x[$0] }
    signal += x
    signal += (1...edge).map { 2 * last - x[x.count - 1 - $0] }
    for _ in 0..<2 {
      run(&signal)
      signal.reverse()
    }
    return Array(signal[edge..<edge + x.count])
  }

  private func run(_ signal: inout [Double]) {
    // The state for a constant input: the second delay, then the first.
    let rest = (b.0 + b.1 + b.2) / (1 + a.0 + a.1), start = signal[0]
    var late = (b.2 - a.1 * rest) * start, early = (b.1 - a.0 * rest) * start + late
    for i in signal.indices {
      let x = signal[i], y = b.0 * x + early
      early = b.1 * x - a.0 * y + late
      late = b.2 * x - a.1 * y
      signal[i] = y
    }
  }
}
