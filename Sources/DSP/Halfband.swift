// [audio] Upsampling and downsampling by two.
import Glibc

/// A linear-phase low-pass at a quarter of the higher rate: doubles a rate, or halves it.
///
/// Every second tap of such a filter is 0, which saves half the work both ways.
/// - Source: P. P. Vaidyanathan, "Multirate digital filters, filter banks, polyphase networks" (1990); a Kaiser window
///   of β = 8, so that aliases are 80 dB down.
public struct Halfband<L: Lane>: BitwiseCopyable, @unchecked Sendable {
  /// Pairs of taps.
  @usableFromInline let pairs: Int
  @usableFromInline let taps: UnsafePointer<Float>
  @usableFromInline var up: MirroredLine<L>, odd: MirroredLine<L>, even: MirroredLine<L>

  /// [control] - Parameters:
  ///   - pairs: the more, the steeper.
  ///   - zeros: returns zeroed memory that a reset clears.
  public init(pairs: Int, zeros: (Int) -> UnsafeMutablePointer<L>, table: UnsafeMutablePointer<Float>) {
    self.pairs = pairs
    let shape = KaiserWindow(beta: 8)
    var sum = 0.0
    let values = (0..<pairs).map { j -> Double in
      let x = Double(j) + 0.5
      let value = sin(.pi * x) / (.pi * x) * shape.value(x / (Double(pairs) + 0.5))
      sum += 2 * value
      return value
    }
    for j in 0..<pairs { table[j] = Float(values[j] / sum) }
    taps = UnsafePointer(table)
    up = MirroredLine(zeros(4 * pairs), length: 2 * pairs)
    odd = MirroredLine(zeros(4 * pairs), length: 2 * pairs)
    even = MirroredLine(zeros(2 * pairs), length: pairs)
  }

  /// Two values for one: latency `pairs` frames.
  @inlinable @inline(__always)
  public mutating func doubled(_ x: L) -> (L, L) {
    up.push(x)
    return (up[pairs], between(up))
  }

  /// One value for two: latency `pairs` − 1 frames.
  @inlinable @inline(__always)
  public mutating func halved(_ x: (L, L)) -> L {
    even.push(x.0)
    odd.push(x.1)
    return (even[pairs - 1] + between(odd)) * L(0.5)
  }

  /// The value in the middle of a line.
  @inlinable @inline(__always)
  func between(_ line: MirroredLine<L>) -> L {
    let newest = line.newest
    var sum = L.zero
    for j in 0..<pairs {
      sum = L.fma(newest[pairs - 1 - j] + newest[pairs + j], L(taps[j]), sum)
    }
    return sum
  }
}

/// The last values, newest first, contiguous: each is written twice.
public struct MirroredLine<L: Lane>: BitwiseCopyable, @unchecked Sendable {
  @usableFromInline let memory: UnsafeMutablePointer<L>
  @usableFromInline let length: Int
  @usableFromInline var place = 0

  /// - Parameter memory: twice `length` zeros.
  @inlinable public init(_ memory: UnsafeMutablePointer<L>, length: Int) {
    self.memory = memory
    self.length = length
  }

  @inlinable @inline(__always)
  public mutating func push(_ x: L) {
    place = place == 0 ? length - 1 : place - 1
    memory[place] = x
    memory[place + length] = x
  }

  @inlinable @inline(__always) public var newest: UnsafeMutablePointer<L> { memory + place }
  @inlinable @inline(__always) public subscript(age: Int) -> L { memory[place + age] }
}

/// [control] The window that trades a filter's steepness for its rejection.
/// - Source: J. F. Kaiser, "Nonrecursive digital filter design using the I₀-sinh window function" (1974).
struct KaiserWindow {
  let beta: Double

  /// At x from −1 to 1; 0 beyond.
  func value(_ x: Double) -> Double {
    abs(x) >= 1 ? 0 : Self.bessel(beta * (1 - x * x).squareRoot()) / Self.bessel(beta)
  }

  private static func bessel(_ x: Double) -> Double {
    var sum = 1.0, term = 1.0
    for k in 1..<40 {
      term *= (x / 2 / Double(k)) * (x / 2 / Double(k))
      sum += term
    }
    return sum
  }
}
