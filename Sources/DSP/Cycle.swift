// [audio] The cycle of an oscillator with edges: its phase, and sub-sample resets.

/// A phase with sub-sample positions of edges and resets.
///
/// Bits are as in `Phase`: the cycle begins at `Int32.min` and ends beyond `Int32.max`.
public struct Cycle<L: Lane>: BitwiseCopyable, Sendable {
  /// The place at the current frame.
  public var at = L.Bits(Int32.min)
  /// Phase increment per frame.
  public var step = L.Bits(0)
  @usableFromInline var lastSync = L.zero

  public init() {}

  /// Cycles per frame until the next call, clamped to less than half a cycle either way.
  @inlinable @inline(__always)
  public mutating func setSpeed(_ cycles: L) { step = Self.step(cycles) }
  @inlinable @inline(__always)
  public static func step(_ cycles: L) -> L.Bits { Phase<L>.step(L.clamp(cycles, L(-0.499), L(0.499))) }

  /// The lanes in which `sync` has risen through 0 since the last frame, and how many frames ago (0 ... 1).
  @inlinable @inline(__always)
  public mutating func resets(_ sync: L) -> (lanes: L.Bits, ages: L) {
    let rose = L.less(L.zero, sync) & (L.less(L.zero, lastSync) ^ L.Bits(-1))
    // A NaN sync resets at the frame itself.
    let ages = L.clamp(sync / (sync - lastSync), L.zero, L(1))
    lastSync = sync
    return (rose, ages)
  }

  /// Returns whether a constant sync of this value resets nothing; it then counts as seen.
  @inlinable @inline(__always)
  public mutating func ignores(_ sync: L) -> Bool {
    let rises = L.less(L.zero, sync) & (L.less(L.zero, lastSync) ^ L.Bits(-1))
    if rises.signs != 0 { return false }
    lastSync = sync
    return true
  }

  /// The phase of a lane that was reset to the beginning `age` frames ago.
  @inlinable @inline(__always)
  public static func landing(step: Int32, age: Float) -> Int32 {
    .wrappingSum(.min, Int32(Float(step) * age))
  }
}

/// The phase movement of one lane between two frames, or a part of it.
public struct Leg {
  public let from: Int32
  public let step: Int32
  /// Frames since its end.
  public let end: Float
  /// Its length in frames.
  public let length: Float

  @inlinable @inline(__always) public init(from: Int32, step: Int32, end: Float, length: Float) {
    self.from = from
    self.step = step
    self.end = end
    self.length = length
  }

  /// The whole movement from the last frame to this one.
  @inlinable @inline(__always) public init(to: Int32, step: Int32) {
    self.init(from: .wrappingDifference(to, step), step: step, end: 0, length: 1)
  }

  /// Splits the movement from the last frame to this one: one leg, or two around a reset `age` frames ago after which
  /// the phase is at `landing` now. `jump` receives the phases before and after the reset.
  @inlinable @inline(__always)
  public static func trace(
    from: Int32, step: Int32, reset age: Float?, landing: Int32, leg: (Leg) -> Void, jump: (Int32, Int32, Float) -> Void
  ) {
    guard let age else { return leg(Leg(from: from, step: step, end: 0, length: 1)) }
    let rest = Int32(Float(step) * age)
    let before = Leg(from: from, step: .wrappingDifference(step, rest), end: age, length: 1 - age)
    let after = Leg(from: .wrappingDifference(landing, rest), step: rest, end: 0, length: age)
    leg(before)
    jump(before.to, after.from, age)
    leg(after)
  }

  @inlinable @inline(__always) public var to: Int32 { .wrappingSum(from, step) }
  /// A place as −1 ..< 1.
  @inlinable @inline(__always) public static func half(_ place: Int32) -> Float { Float(place) * (1 / 2_147_483_648) }
  /// True if the phase wrapped, forwards or backwards.
  @inlinable @inline(__always) public var wraps: Bool { step < 0 ? to > from : to < from }
  /// True if it passed the end or the middle of the cycle.
  @inlinable @inline(__always) public var crosses: Bool { from ^ to < 0 }
  /// Frames since it was at the end of the cycle.
  @inlinable @inline(__always) public var ageOfWrap: Float { age(distance: to ^ .min) }
  /// Frames since it was in the middle.
  @inlinable @inline(__always) public var ageOfMiddle: Float { age(distance: to) }
  @inlinable @inline(__always) func age(distance: Int32) -> Float { end + length * (Float(distance) / Float(step)) }
}

/// Calls `body` for each lane whose bit is set in `lanes`, as returned by `LaneBits.signs`.
@inlinable @inline(__always)
public func forEachLane(_ lanes: Int32, _ body: (Int) -> Void) {
  var left = lanes
  while left != 0 {
    body(left.trailingZeroBitCount)
    left &= left &- 1
  }
}
