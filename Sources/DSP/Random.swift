// [audio] Random numbers, one sequence per lane.

/// A generator of 32 random bits per lane; never 0 when seeded with another value.
/// - Source: Marsaglia, "Xorshift RNGs", 2003.
public struct Random<L: Lane>: BitwiseCopyable, Sendable {
  public var bits: L.Bits

  @inlinable @inline(__always) public init(_ seed: L.Bits) { bits = seed }

  /// The next number of every lane, −1 ..< 1, uniform.
  @inlinable @inline(__always)
  public mutating func next() -> L {
    bits = Self.step(bits)
    return value
  }

  /// Advances the lanes of `mask` alone.
  @inlinable @inline(__always)
  public mutating func next(in mask: L.Bits) { bits = L.Bits.select(mask, Self.step(bits), bits) }

  /// The present number.
  @inlinable @inline(__always) public var value: L { L.converted(bits) * L(1 / 2_147_483_648) }

  @inlinable @inline(__always)
  static func step(_ a: L.Bits) -> L.Bits {
    let b = a ^ L.Bits.shiftedLeft(a, by: 13)
    let c = b ^ L.Bits.shiftedRight(b, by: 17)
    return c ^ L.Bits.shiftedLeft(c, by: 5)
  }
}
