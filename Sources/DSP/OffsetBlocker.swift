// [audio] Removes the constant part of what enters an effect, or goes around in one.

/// A high-pass at 5 Hz, so that feedback does not multiply DC: y = r y₁ + x − x₁.
public struct OffsetBlocker<L: Lane>: BitwiseCopyable, Sendable {
  @usableFromInline var y = L.zero, last = L.zero

  @inlinable @inline(__always) public init() {}

  /// r.
  @inlinable @inline(__always)
  public static func keep(_ period: Float) -> L { L.exp2(L(-45.323_601 * period)) }

  @inlinable @inline(__always)
  public mutating func next(_ x: L, keep: L) -> L {
    y = L.fma(keep, y, x - last)
    last = x
    return y
  }
}

/// The same for eight frames of one voice at once: each is a sum over those before it, with fixed weights.
public struct OffsetColumns: BitwiseCopyable, Sendable {
  /// The weights of each difference x − x₁ in the eight results, and of the result before them.
  @usableFromInline var columns = InlineArray<8, Voices>(repeating: Voices(0))
  @usableFromInline var powers = Voices(0)
  @usableFromInline var keep: Float = 0

  /// [control]
  public init(period: Float) {
    keep = OffsetBlocker<Float>.keep(period)
    var power: Float = 1
    for i in 0..<8 {
      for j in 0..<8 - i { columns[j][i + j] = power }
      power *= keep
      powers[i] = power
    }
  }

  @inlinable @inline(__always)
  public func next(_ x: Voices, _ blocker: inout OffsetBlocker<Float>) -> Voices {
    let before = Voices(blocker.last, x[0], x[1], x[2], x[3], x[4], x[5], x[6]), steps = x - before
    var y = powers * Voices(blocker.y)
    for j in 0..<8 { y = Voices.fma(columns[j], Voices(steps[j]), y) }
    blocker.y = y[7]
    blocker.last = x[7]
    return y
  }

  @inlinable @inline(__always)
  public func next(_ x: Float, _ blocker: inout OffsetBlocker<Float>) -> Float { blocker.next(x, keep: keep) }
}
