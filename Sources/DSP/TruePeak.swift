// [audio] True peaks, which lie between samples too.

/// The greatest magnitude around a sample, between samples too: 4× oversampling by a windowed sinc, as ITU-R BS.1770
/// measures it.
public struct TruePeak: BitwiseCopyable, Sendable {
  /// Latency in frames.
  public static var delay: Int { taps / 2 }
  @usableFromInline static var taps: Int { 16 }
  private typealias Row = SIMD16<Float>
  /// The last samples, newest first, and the weights of the three points between two of them.
  private var past = Row(repeating: 0)
  private var weights: (SIMD16<Float>, SIMD16<Float>, SIMD16<Float>)

  public init() {
    func row(_ phase: Float) -> Row {
      var row = Row(repeating: 0)
      for k in 0..<TruePeak.taps { row[k] = TruePeak.weight(k, phase) }
      return row
    }
    weights = (row(0.25), row(0.5), row(0.75))
  }

  /// The weight of the sample k frames ago, for the point that is `phase` after the one `delay` frames ago.
  @usableFromInline static func weight(_ k: Int, _ phase: Float) -> Float {
    let x = Float(k - TruePeak.delay) + phase
    // sin(πx)/πx under a Hann window.
    let window = 0.5 + 0.5 * Float.sine(cycles: 0.25 + x / Float(TruePeak.taps))
    return Float.sine(cycles: x / 2) / (Float.pi * x) * window
  }

  public mutating func next(_ x: Float) -> Float {
    for k in (1..<TruePeak.taps).reversed() { past[k] = past[k - 1] }
    past[0] = x
    let between = max(
      (past * weights.0).sum().magnitude, (past * weights.1).sum().magnitude, (past * weights.2).sum().magnitude)
    return max(between, past[TruePeak.delay].magnitude)
  }
}

/// The same in lanes.
public struct TruePeakDetector<L: Lane>: BitwiseCopyable, @unchecked Sendable {
  @usableFromInline var past: MirroredLine<L>
  /// For pairs of samples around the points: the sum's weight in the middle point, then the sum's and the difference's
  /// in the points beside it.
  @usableFromInline let weights: UnsafePointer<Float>

  /// [control] - Parameters:
  ///   - zeros: returns zeroed memory that a reset clears.
  ///   - table: returns memory that a reset keeps.
  public init(zeros: (Int) -> UnsafeMutablePointer<L>, table: (Int) -> UnsafeMutablePointer<Float>) {
    past = MirroredLine(zeros(2 * TruePeak.taps), length: TruePeak.taps)
    let weights = table(3 * TruePeak.delay)
    for k in 0..<TruePeak.delay {
      // Sample k and its mirror image; a quarter before the middle is the image of a quarter after it.
      let near = TruePeak.weight(k, 0.25), far = TruePeak.weight(TruePeak.taps - 1 - k, 0.25)
      weights[3 * k] = TruePeak.weight(k, 0.5)
      weights[3 * k + 1] = 0.5 * (near + far)
      weights[3 * k + 2] = 0.5 * (near - far)
    }
    self.weights = UnsafePointer(weights)
  }

  /// Adds a sample; returns the greatest magnitude from the one `TruePeak.delay` frames ago up to the next.
  @inlinable @inline(__always)
  public mutating func next(_ x: L) -> L {
    past.push(x)
    let newest = past.newest
    var middle = L.zero, even = L.zero, odd = L.zero
    for k in 0..<TruePeak.delay {
      let a = newest[k], b = newest[TruePeak.taps &- 1 &- k], sum = a + b
      middle = L.fma(sum, L(weights[3 &* k]), middle)
      even = L.fma(sum, L(weights[3 &* k &+ 1]), even)
      odd = L.fma(a - b, L(weights[3 &* k &+ 2]), odd)
    }
    // The greater of |even + odd| and |even − odd|.
    let beside = L.magnitude(even) + L.magnitude(odd)
    return L.maximum(L.maximum(L.magnitude(middle), beside), L.magnitude(newest[TruePeak.delay]))
  }
}
