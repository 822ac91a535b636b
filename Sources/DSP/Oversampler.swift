// [audio] A nonlinear function at a multiple of the rate.

/// Applies a function at once, twice, four or eight times the rate: products above half the rate are filtered out
/// before they can alias.
public struct Oversampler<L: Lane>: BitwiseCopyable, @unchecked Sendable {
  /// Pairs of taps at each doubling: the first must be steep, the others have a wide transition band.
  private static var pairs: [Int] { [20, 6, 4] }
  /// Latency in frames, by the number of doublings. Not an array: its first use would take a lock.
  public static func delay(doublings: Int) -> Int {
    switch doublings {
    case 0: 0
    case 1: 39
    case 2: 45
    default: 46
    }
  }

  @usableFromInline var first, second, third: Halfband<L>
  /// One frame of the inner rates, so that every latency is a whole number of frames, or nearly.
  @usableFromInline var held = L.zero

  /// [control] - Parameters:
  ///   - zeros: returns zeroed memory that a reset clears.
  ///   - table: returns memory that a reset keeps.
  public init(zeros: (Int) -> UnsafeMutablePointer<L>, table: (Int) -> UnsafeMutablePointer<Float>) {
    let pairs = Self.pairs
    first = Halfband(pairs: pairs[0], zeros: zeros, table: table(pairs[0]))
    second = Halfband(pairs: pairs[1], zeros: zeros, table: table(pairs[1]))
    third = Halfband(pairs: pairs[2], zeros: zeros, table: table(pairs[2]))
  }

  /// - Parameters:
  ///   - doublings: 0 … 3, the same in every frame.
  ///   - curve: called in order of time; it may keep state between calls.
  @inlinable @inline(__always)
  public mutating func apply(_ x: L, doublings: Int, _ curve: (L) -> L) -> L {
    if doublings == 0 { return curve(x) }
    let (a, b) = first.doubled(x)
    if doublings == 1 {
      let p = curve(a), q = curve(b)
      return first.halved((p, q))
    }
    let p = twice(a, doublings, curve), q = twice(b, doublings, curve)
    // The latency of the inner doublings is an odd number of half frames.
    let whole = (held, p)
    held = q
    return first.halved(whole)
  }

  @inlinable @inline(__always)
  mutating func twice(_ x: L, _ doublings: Int, _ curve: (L) -> L) -> L {
    let (a, b) = second.doubled(x)
    if doublings == 2 {
      let p = curve(a), q = curve(b)
      return second.halved((p, q))
    }
    let p = fourTimes(a, curve), q = fourTimes(b, curve)
    return second.halved((p, q))
  }

  @inlinable @inline(__always)
  mutating func fourTimes(_ x: L, _ curve: (L) -> L) -> L {
    let (a, b) = third.doubled(x)
    let p = curve(a), q = curve(b)
    return third.halved((p, q))
  }
}
