import Glibc

/// Discrete Fourier transform in double precision, of any length.
package struct Spectrum {
  private typealias Row = (re: [Double], im: [Double])

  /// A real signal whose spectrum is multiplied by a gain for each bin, 0 to half the length.
  package static func weighted(_ signal: [Double], by gains: [Double]) -> [Double] {
    let n = signal.count
    guard n > 1 else { return signal }
    var row = transform((signal, [Double](repeating: 0, count: n)))
    for k in 0..<n {
      let gain = gains[min(k, n - k)]
      row.re[k] *= gain / Double(n)
      row.im[k] *= -gain / Double(n)
    }
    return transform(row).re
  }

  /// The unscaled transform.
  private static func transform(_ x: Row) -> Row {
    let n = x.re.count
    return n & (n - 1) == 0 ? powerOfTwo(x) : chirp(x)
  }

  /// Cooley and Tukey's transform of 2^k values.
  private static func powerOfTwo(_ x: Row) -> Row {
    var x = x
    let n = x.re.count
    var reversed = 0
    for i in 1..<max(n, 1) {
      var bit = n >> 1
      while reversed & bit != 0 {
        reversed ^= bit
        bit >>= 1
      }
      reversed |= bit
      if i < reversed {
        x.re.swapAt(i, reversed)
        x.im.swapAt(i, reversed)
      }
    }
    var size = 2
    while size <= n {
      let half = size / 2
      for k in 0..<half {
        let c = cos(2 * .pi * Double(k) / Double(size)), s = -sin(2 * .pi * Double(k) / Double(size))
        for i in stride(from: k, to: n, by: size) {
          let re = x.re[i + half] * c - x.im[i + half] * s, im = x.re[i + half] * s + x.im[i + half] * c
          x.re[i + half] = x.re[i] - re
          x.im[i + half] = x.im[i] - im
          x.re[i] += re
          x.im[i] += im
        }
      }
      size *= 2
    }
    return x
  }

  /// Bluestein's transform: a convolution with a chirp.
  private static func chirp(_ x: Row) -> Row {
    let n = x.re.count
    var size = 1
    while size < 2 * n { size *= 2 }
    func angle(_ k: Int) -> Double { .pi * Double(k * k % (2 * n)) / Double(n) }
    let zeros = [Double](repeating: 0, count: size)
    var a: Row = (zeros, zeros), b: Row = (zeros, zeros)
    for k in 0..<n {
      let c = cos(angle(k)), s = sin(angle(k))
      a.re[k] = x.re[k] * c + x.im[k] * s
      a.im[k] = x.im[k] * c - x.re[k] * s
      (b.re[k], b.im[k]) = (c, s)
      if k > 0 { (b.re[size - k], b.im[size - k]) = (c, s) }
    }
    let p = powerOfTwo(a), q = powerOfTwo(b)
    var product: Row = (zeros, zeros)
    for k in 0..<size {
      product.re[k] = p.re[k] * q.re[k] - p.im[k] * q.im[k]
      product.im[k] = -(p.re[k] * q.im[k] + p.im[k] * q.re[k])
    }
    let sum = powerOfTwo(product)
    var result: Row = (Array(zeros[..<n]), Array(zeros[..<n]))
    for k in 0..<n {
      let c = cos(angle(k)), s = sin(angle(k)), re = sum.re[k] / Double(size), im = -sum.im[k] / Double(size)
      result.re[k] = re * c + im * s
      result.im[k] = im * c - re * s
    }
    return result
  }
}
