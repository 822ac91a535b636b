// [audio] A phase as an integer.

/// A phase without drift or loss of precision: 2^32 steps per cycle, so it wraps by itself and runs backwards as well
/// as forwards. A `Float` phase drifts by 0.1 cent at 20 Hz.
public struct Phase<L: Lane>: BitwiseCopyable, Sendable {
  /// Cycles · 2^32, as a signed number: −½ … ½ cycle.
  public var bits: L.Bits

  @inlinable @inline(__always) public init() { bits = L.Bits(0) }
  @inlinable @inline(__always) public init(bits: L.Bits) { self.bits = bits }

  /// The step of one sample for `cycles` per sample (−0.5 … 0.499; more would alias).
  @inlinable @inline(__always)
  public static func step(_ cycles: L) -> L.Bits { L.truncated(cycles * L(4_294_967_296)) }

  /// The step for any number of cycles (|cycles| < 2^22): whole cycles drop out.
  @inlinable @inline(__always)
  public static func wrappedStep(_ cycles: L) -> L.Bits {
    // The nearest whole number leaves −½ … ½; +½ equals −½ and must not overflow.
    step(L.minimum(cycles - L.rounded(cycles), L(0.499_999_97)))
  }

  @inlinable @inline(__always)
  public mutating func advance(by step: L.Bits) { bits = bits &+ step }

  /// The place in cycles, −0.5 ..< 0.5.
  @inlinable @inline(__always)
  public var halfCycles: L { L.converted(bits) * L(1 / 4_294_967_296) }

  /// The place in cycles, 0 ..< 1 (to 24 bits: may round to 1).
  @inlinable @inline(__always)
  public var cycles: L {
    L.fma(L.converted(bits ^ L.Bits(Int32.min)), L(1 / 4_294_967_296), L(0.5))
  }
}
