// [audio] A curve at a multiple of the rate.

/// Runs a curve at once, twice, four or eight times the rate: what it makes above half the rate is taken away before it
/// can fold back.
public struct Oversampler<L: Lane>: BitwiseCopyable, @unchecked Sendable {
  /// Pairs of taps at each doubling: the first has to be steep, the others have room.
  private static var pairs: [Int] { [20, 6, 4] }
  /// Frames by which the sound is late, by the number of doublings. No array: its first use would be a lock.
  public static func delay(doublings: Int) -> Int {
    switch doublings {
    case 0: 0
    case 1: 39
    case 2: 45
    default: 46
    }
  }

  @usableFromInline var first, second, third: Halfband<L>
  /// One frame of the inner rates, so that all of them are late by whole frames, or nearly.
  @usableFromInline var held = L.zero

  /// [control] - Parameters:
  ///   - zeros: gives zeroed memory that a reset clears.
  ///   - table: gives memory that stays.
  public init(zeros: (Int) -> UnsafeMutablePointer<L>, table: (Int) -> UnsafeMutablePointer<Float>) {
    let pairs = Self.pairs
    first = Halfband(pairs: pairs[0], zeros: zeros, table: table(pairs[0]))
    second = Halfband(pairs: pairs[1], zeros: zeros, table: table(pairs[1]))
    third = Halfband(pairs: pairs[2], zeros: zeros, table: table(pairs[2]))
  }

  /// - Parameters:
  ///   - doublings: 0 … 3, the same in every frame.
  ///   - curve: called in the order of time; it may keep what it needs of the last value.
  @inlinable @inline(__always)
  public mutating func apply(_ x: L, doublings: Int, _ curve: (L) -> L) -> L {
    if doublings == 0 { return curve(x) }
    let (a, b) = first.doubled(x)
    if doublings == 1 {
      let p = curve(a), q = curve(b)
      return first.halved((p, q))
    }
    let p = twice(a, doublings, curve), q = twice(b, doublings, curve)
    // The inner doublings are late by an odd number of half frames.
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
