// [audio] The number type of a kernel: one voice (`Float`) or eight in SIMD lanes (`SIMD8<Float>`).
import CLanes

/// Eight voices, one in each lane.
public typealias Voices = SIMD8<Float>

/// A number of one voice or of eight; a kernel written over `Lane` serves both widths.
///
/// Every operation is one instruction per vector; nothing here loops over lanes. Masks are integers of all ones (true)
/// or zero (false), as the processor produces them.
public protocol Lane: BitwiseCopyable, Sendable {
  /// One 32-bit integer per lane: masks, phases, bit patterns, random states.
  associatedtype Bits: LaneBits

  /// Voices in one value: 1 or 8.
  static var count: Int { get }
  init(_ value: Float)
  /// The value of one lane, 0 ..< `count`.
  subscript(lane lane: Int) -> Float { get set }

  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  static prefix func - (a: Self) -> Self

  /// a · b + c, rounded once.
  static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self
  /// c − a · b, rounded once.
  static func fnma(_ a: Self, _ b: Self, _ c: Self) -> Self
  /// The smaller; b where one is NaN.
  static func minimum(_ a: Self, _ b: Self) -> Self
  /// The larger; b where one is NaN.
  static func maximum(_ a: Self, _ b: Self) -> Self
  static func floor(_ a: Self) -> Self
  static func magnitude(_ a: Self) -> Self
  static func squareRoot(_ a: Self) -> Self
  /// All ones where a < b.
  static func less(_ a: Self, _ b: Self) -> Bits
  /// Transposes eight values of each lane, adjacent in a row per lane, into eight values of all lanes.
  static func columns(_ rows: UnsafePointer<Float>, stride: Int) -> (Self, Self, Self, Self, Self, Self, Self, Self)
  /// In each lane the same lane of `memory[place]`, with a place per lane.
  static func gather(_ memory: UnsafePointer<Self>, _ places: Bits) -> Self
  /// In each lane the four adjacent numbers from its own place on. The places are in memory, ideally written some time
  /// before: each is read by itself.
  /// for some while already: each is looked up by itself.
  static func fours(_ memory: UnsafePointer<Float>, _ places: UnsafePointer<Bits>) -> (Self, Self, Self, Self)
  /// a where the mask is set, b elsewhere.
  static func select(_ mask: Bits, _ a: Self, _ b: Self) -> Self

  /// Truncates towards zero; the value must fit Int32.
  static func truncated(_ a: Self) -> Bits
  static func converted(_ a: Bits) -> Self
  static func bitPattern(_ a: Self) -> Bits
  static func fromBitPattern(_ a: Bits) -> Self
  /// The sum over all lanes.
  var laneSum: Float { get }
  /// The least of all lanes.
  var laneMinimum: Float { get }
}

/// One 32-bit integer per lane, wrapping.
public protocol LaneBits: BitwiseCopyable, Sendable {
  init(_ value: Int32)
  subscript(lane lane: Int) -> Int32 { get set }
  static func wrappingSum(_ a: Self, _ b: Self) -> Self
  static func wrappingDifference(_ a: Self, _ b: Self) -> Self
  static func wrappingProduct(_ a: Self, _ b: Self) -> Self
  static func both(_ a: Self, _ b: Self) -> Self
  static func either(_ a: Self, _ b: Self) -> Self
  static func different(_ a: Self, _ b: Self) -> Self
  static func shiftedLeft(_ a: Self, by n: Int32) -> Self
  /// Shifts zeros in from above.
  static func shiftedRight(_ a: Self, by n: Int32) -> Self
  /// Shifts each lane by its own count, 0 to 31.
  static func shiftedLeft(_ a: Self, by n: Self) -> Self
  static func shiftedRight(_ a: Self, by n: Self) -> Self
  static func less(_ a: Self, _ b: Self) -> Self
  /// a where the mask is set, b elsewhere.
  static func select(_ mask: Self, _ a: Self, _ b: Self) -> Self
  /// Bit i is lane i's sign bit: not zero when any lane of a mask is set.
  var signs: Int32 { get }
  /// Every bit of every lane is 0.
  var isZero: Bool { get }
}

extension Lane {
  @inlinable @inline(__always) public static var zero: Self { Self(0) }
  /// 0 in every lane.
  @inlinable @inline(__always) public var isNothing: Bool { (Self.bitPattern(self)).isZero }
  @inlinable @inline(__always) public static func += (a: inout Self, b: Self) { a = a + b }
  @inlinable @inline(__always) public static func -= (a: inout Self, b: Self) { a = a - b }
  @inlinable @inline(__always) public static func *= (a: inout Self, b: Self) { a = a * b }
  @inlinable @inline(__always) public static func * (a: Self, b: Float) -> Self { a * Self(b) }
  @inlinable @inline(__always) public static func * (a: Float, b: Self) -> Self { Self(a) * b }
  @inlinable @inline(__always) public static func + (a: Self, b: Float) -> Self { a + Self(b) }
  @inlinable @inline(__always) public static func - (a: Self, b: Float) -> Self { a - Self(b) }
  @inlinable @inline(__always) public static func - (a: Float, b: Self) -> Self { Self(a) - b }
  @inlinable @inline(__always) public static func / (a: Float, b: Self) -> Self { Self(a) / b }
  /// All ones where a and b are different numbers.
  @inlinable @inline(__always) public static func differ(_ a: Self, _ b: Self) -> Bits { less(a, b) | less(b, a) }
  /// a clamped to low … high; low where a is NaN.
  @inlinable @inline(__always)
  public static func clamp(_ a: Self, _ low: Self, _ high: Self) -> Self { minimum(maximum(a, low), high) }
}

extension LaneBits {
  @inlinable @inline(__always) public static func & (a: Self, b: Self) -> Self { both(a, b) }
  @inlinable @inline(__always) public static func | (a: Self, b: Self) -> Self { either(a, b) }
  @inlinable @inline(__always) public static func ^ (a: Self, b: Self) -> Self { different(a, b) }
  @inlinable @inline(__always) public static func &+ (a: Self, b: Self) -> Self { wrappingSum(a, b) }
  @inlinable @inline(__always) public static func &- (a: Self, b: Self) -> Self { wrappingDifference(a, b) }
  @inlinable @inline(__always) public static func &* (a: Self, b: Self) -> Self { wrappingProduct(a, b) }
}
