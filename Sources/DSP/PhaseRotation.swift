// [audio] A sine of constant pitch, seven frames ahead.

/// Rotations of a phase by one to seven equal steps.
///
/// sin(a + b) = sin a cos b + cos a sin b: one sine and one cosine make eight frames. The rotations are computed from
/// the whole phase, not from each other, so errors do not accumulate: they stay below 3e-7.
public struct PhaseRotation<L: Lane>: BitwiseCopyable, @unchecked Sendable {
  /// Number of values of its rows.
  public static var valueCount: Int { 14 }

  /// Cosine and sine of each rotation, in pairs.
  @usableFromInline let rows: UnsafeMutablePointer<L>
  @usableFromInline var step = L.Bits(0)
  @usableFromInline var isSet = false

  /// - Parameter rows: `valueCount` values.
  @inlinable public init(rows: UnsafeMutablePointer<L>) { self.rows = rows }

  /// Sets the step of one frame.
  @inlinable @inline(__always)
  public mutating func set(_ step: L.Bits) {
    if isSet && (step ^ self.step).isZero { return }
    compute(step)
  }

  @inlinable @inline(never)
  mutating func compute(_ step: L.Bits) {
    self.step = step
    isSet = true
    for k in 1..<8 {
      let bits = step &* L.Bits(Int32(k))
      rows[2 * k - 2] = L.sineOfHalfCycle(Phase<L>(bits: bits &+ L.Bits(1 << 30)).halfCycles)
      rows[2 * k - 1] = L.sineOfHalfCycle(Phase<L>(bits: bits).halfCycles)
    }
  }

  /// The sine `k` steps after a phase with the given sine and cosine; k is 1 … 7.
  @inlinable @inline(__always)
  public func rotated(_ sine: L, _ cosine: L, by k: Int) -> L {
    L.fma(cosine, rows[2 &* k &- 1], sine * rows[2 &* k &- 2])
  }
}
