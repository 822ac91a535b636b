// [audio] A compensated sum of many small steps.

/// A number that grows by steps far smaller than its own last digit: the rounding error of a step is added to the next
/// one.
///
/// A plain `Float` that rises to 1 in a minute arrives seconds late, or never.
/// - Source: W. Kahan, "Further remarks on reducing truncation errors", 1965.
public struct CompensatedSum<L: Lane>: BitwiseCopyable, Sendable {
  public var value: L
  @usableFromInline var lost = L.zero

  @inlinable @inline(__always) public init(_ value: L = .zero) { self.value = value }

  @inlinable @inline(__always)
  public mutating func add(_ step: L) {
    let whole = step - lost
    let sum = value + whole
    lost = (sum - value) - whole
    value = sum
  }
}
