// [control] The discrete Fourier transform, for tables and measurements; not for the audio thread.
import Glibc

/// A radix-2 transform in double precision, in place on real and imaginary parts.
public struct FourierTransform: Sendable {
  public let size: Int
  private let cosines: [Double]
  private let sines: [Double]

  /// - Precondition: `size` is a power of two.
  public init(size: Int) {
    precondition(size > 1 && size & (size - 1) == 0, "a power of two")
    self.size = size
    cosines = (0..<size / 2).map { cos(2 * .pi * Double($0) / Double(size)) }
    sines = (0..<size / 2).map { sin(2 * .pi * Double($0) / Double(size)) }
  }

  /// Σ x[n] e^(−2πi kn/size), unscaled.
  public func forward(_ real: inout [Double], _ imaginary: inout [Double]) {
    transform(&real, &imaginary, sign: -1)
  }

  /// The inverse of `forward`, scaled by 1/size.
  public func inverse(_ real: inout [Double], _ imaginary: inout [Double]) {
    transform(&real, &imaginary, sign: 1)
    let scale = 1 / Double(size)
    for i in 0..<size {
      real[i] *= scale
      imaginary[i] *= scale
    }
  }

  private func transform(_ real: inout [Double], _ imaginary: inout [Double], sign: Double) {
    precondition(real.count == size && imaginary.count == size)
    real.withUnsafeMutableBufferPointer { re in
      imaginary.withUnsafeMutableBufferPointer { im in
        reorder(re, im)
        var half = 1
        while half < size {
          let stride = size / (2 * half)
          for start in Swift.stride(from: 0, to: size, by: 2 * half) {
            for k in 0..<half {
              let c = cosines[k * stride], s = sign * sines[k * stride]
              let a = start + k, b = a + half
              let x = re[b] * c - im[b] * s, y = re[b] * s + im[b] * c
              re[b] = re[a] - x
              im[b] = im[a] - y
              re[a] += x
              im[a] += y
            }
          }
          half *= 2
        }
      }
    }
  }

  /// Puts the input into bit-reversed order.
  private func reorder(_ re: UnsafeMutableBufferPointer<Double>, _ im: UnsafeMutableBufferPointer<Double>) {
    var j = 0
    for i in 1..<size {
      var bit = size / 2
      while j & bit != 0 {
        j ^= bit
        bit /= 2
      }
      j |= bit
      if i < j {
        re.swapAt(i, j)
        im.swapAt(i, j)
      }
    }
  }
}
