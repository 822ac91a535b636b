// [audio] A phase for very low rates.

/// A phase of 63 bits: a step of one ten-millionth of a cycle is still exact to a part in ten million.
public struct SlowPhase<L: Lane>: BitwiseCopyable, Sendable {
  /// The upper 32 bits, as in `Phase`.
  public var bits = L.Bits(0)
  /// The lower 31.
  @usableFromInline var fine = L.Bits(0)

  @inlinable @inline(__always) public init() {}

  /// Phase increment per frame.
  public struct Step: BitwiseCopyable, Sendable {
    @usableFromInline let whole: L.Bits
    @usableFromInline let fine: L.Bits

    /// From `cycles` per frame, clamped to 0 ..< 0.5.
    @inlinable @inline(__always)
    public init(_ cycles: L) {
      let units = L.clamp(cycles, L.zero, L(0.499)) * L(4_294_967_296)
      whole = L.truncated(units)
      // Large steps are whole numbers already: their float has no bits to spare.
      fine = L.truncated((units - L.converted(whole)) * L(2_147_483_648))
    }

    @inlinable @inline(__always) init(whole: L.Bits, fine: L.Bits) {
      self.whole = whole
      self.fine = fine
    }

    /// The increment of `gridFrames` frames, to the bit.
    @inlinable @inline(__always) public var timesGrid: Step {
      Step(
        whole: (whole &* L.Bits(16)) &+ L.Bits.shiftedRight(fine, by: 27),
        fine: (fine &* L.Bits(16)) & L.Bits(Int32.max))
    }
  }

  @inlinable @inline(__always)
  public mutating func advance(by step: Step) {
    fine = fine &+ step.fine
    bits = bits &+ step.whole &+ L.Bits.shiftedRight(fine, by: 31)
    fine = fine & L.Bits(Int32.max)
  }

  /// Goes back by one step.
  @inlinable @inline(__always)
  public mutating func goBack(by step: Step) {
    fine = fine &- step.fine
    // Below 0, the addition had carried.
    bits = bits &- step.whole &- L.Bits.shiftedRight(fine, by: 31)
    fine = fine & L.Bits(Int32.max)
  }

  /// Resets the lanes of `mask`.
  @inlinable @inline(__always)
  public mutating func reset(in mask: L.Bits) {
    bits = L.Bits.select(mask, L.Bits(0), bits)
    fine = L.Bits.select(mask, L.Bits(0), fine)
  }
}
