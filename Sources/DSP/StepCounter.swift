// [audio] The position in a pattern driven by a clock.

/// Counts the pulses of a clock modulo the length; the first pulse, and the first after a reset, is 0.
public struct StepCounter<L: Lane>: BitwiseCopyable, Sendable {
  /// The present step; −1 before the first pulse.
  public var place = L(-1)
  /// True if the pulse is on.
  public var isOn = L.Bits(0)
  /// The lanes in which a step begins at the present frame.
  public var begins = L.Bits(0)
  @usableFromInline var wasReset = L.Bits(0)

  @inlinable @inline(__always) public init() {}

  @inlinable @inline(__always)
  public mutating func advance(clock: L, reset: L, count: L) {
    let isReset = L.less(L(0.5), reset)
    place = L.select(isReset & (wasReset ^ L.Bits(-1)), L(-1), place)
    wasReset = isReset
    let on = L.less(L(0.5), clock)
    begins = on & (isOn ^ L.Bits(-1))
    isOn = on
    let next = place + L(1)
    place = L.select(begins, L.select(L.less(next, count), next, .zero), place)
  }
}
