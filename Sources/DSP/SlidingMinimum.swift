// [audio] The minimum of a sliding window.

/// The minimum of a sliding window, at three comparisons per frame for any length.
///
/// - Source: M. van Herk, "A fast algorithm for local minimum and maximum filters" (1992): the minima of whole blocks
///   from their end backwards, and of the present block from its start.
public struct SlidingMinimum<L: Lane>: BitwiseCopyable {
  @usableFromInline let block: UnsafeMutablePointer<L>
  @usableFromInline let length: Int
  @usableFromInline var place = 0
  @usableFromInline var running: L
  @usableFromInline let initial: L

  /// [control] - Parameters:
  ///   - block: `length` values of memory; its initial values are never read.
  ///   - initial: the value before the first frame: the largest possible.
  public init(block: UnsafeMutablePointer<L>, length: Int, initial: Float) {
    self.block = block
    self.length = length
    self.initial = L(initial)
    running = L(initial)
    isFirst = true
  }
  @usableFromInline var isFirst: Bool

  /// Adds a value; returns the minimum of the last `length`, this one included.
  @inlinable @inline(__always)
  public mutating func next(_ x: L) -> L {
    block[place] = x
    running = place == 0 ? x : L.minimum(running, x)
    // The place after this one still holds the minimum from there to the end of the block before.
    let older = place + 1 == length || isFirst ? initial : block[place + 1]
    let least = L.minimum(running, older)
    place += 1
    if place == length {
      for i in stride(from: length - 2, through: 0, by: -1) { block[i] = L.minimum(block[i], block[i + 1]) }
      place = 0
      isFirst = false
    }
    return least
  }
}
