// [audio] Eight voices.
import CLanes

extension SIMD8: Lane where Scalar == Float {
  public typealias Bits = SIMD8<Int32>

  @inlinable @inline(__always) public static var count: Int { 8 }
  @inlinable @inline(__always) public init(_ value: Float) { self.init(repeating: value) }
  @inlinable @inline(__always) public subscript(lane lane: Int) -> Float {
    get { self[lane] }
    set { self[lane] = newValue }
  }
  @inlinable @inline(__always) public static func fma(_ a: Self, _ b: Self, _ c: Self) -> Self { weft_f8_fma(a, b, c) }
  @inlinable @inline(__always)
  public static func fnma(_ a: Self, _ b: Self, _ c: Self) -> Self { weft_f8_fnma(a, b, c) }
  @inlinable @inline(__always) public static func minimum(_ a: Self, _ b: Self) -> Self { weft_f8_min(a, b) }
  @inlinable @inline(__always) public static func maximum(_ a: Self, _ b: Self) -> Self { weft_f8_max(a, b) }
  @inlinable @inline(__always) public static func floor(_ a: Self) -> Self { weft_f8_floor(a) }
  @inlinable @inline(__always) public static func magnitude(_ a: Self) -> Self { weft_f8_abs(a) }
  @inlinable @inline(__always) public static func squareRoot(_ a: Self) -> Self { weft_f8_sqrt(a) }
  @inlinable @inline(__always) public static func less(_ a: Self, _ b: Self) -> SIMD8<Int32> { weft_f8_less(a, b) }
  @inlinable @inline(__always)
  public static func select(_ mask: SIMD8<Int32>, _ a: Self, _ b: Self) -> Self { weft_f8_select(mask, a, b) }
  @inlinable @inline(__always) public static func truncated(_ a: Self) -> SIMD8<Int32> { weft_f8_to_i8(a) }
  @inlinable @inline(__always) public static func converted(_ a: SIMD8<Int32>) -> Self { weft_i8_to_f8(a) }
  @inlinable @inline(__always) public static func bitPattern(_ a: Self) -> SIMD8<Int32> { weft_f8_as_i8(a) }
  @inlinable @inline(__always) public static func fromBitPattern(_ a: SIMD8<Int32>) -> Self { weft_i8_as_f8(a) }
  @inlinable @inline(__always)
  public static func columns(
    _ rows: UnsafePointer<Float>, stride: Int
  ) -> (Self, Self, Self, Self, Self, Self, Self, Self) {
    let zero = Self(0)
    var columns = (zero, zero, zero, zero, zero, zero, zero, zero)
    withUnsafeMutableBytes(of: &columns) {
      weft_f8_columns(rows, stride, $0.baseAddress!)
    }
    return columns
  }
  @inlinable @inline(__always)
  public static func gather(_ memory: UnsafePointer<Self>, _ places: SIMD8<Int32>) -> Self {
    weft_f8_gather(memory, places)
  }
  @inlinable @inline(__always)
  public static func fours(
    _ memory: UnsafePointer<Float>, _ places: UnsafePointer<SIMD8<Int32>>
  ) -> (Self, Self, Self, Self) {
    let zero = Self(0)
    var fours = (zero, zero, zero, zero)
    withUnsafeMutableBytes(of: &fours) { weft_f8_fours(memory, places, $0.baseAddress!) }
    return fours
  }
  /// The sum over each of eight vectors, in the order of the lanes.
  @inlinable @inline(__always)
  public static func sums(_ rows: UnsafePointer<Self>) -> Self { weft_f8_sums(rows) }
  @inlinable @inline(__always) public var laneMinimum: Float { weft_f8_least(self) }
  @inlinable @inline(__always) public var laneSum: Float {
    let four = lowHalf + highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }
}

extension SIMD8: LaneBits where Scalar == Int32 {
  @inlinable @inline(__always) public init(_ value: Int32) { self.init(repeating: value) }
  @inlinable @inline(__always) public subscript(lane lane: Int) -> Int32 {
    get { self[lane] }
    set { self[lane] = newValue }
  }
  @inlinable @inline(__always) public static func both(_ a: Self, _ b: Self) -> Self { weft_i8_and(a, b) }
  @inlinable @inline(__always) public static func either(_ a: Self, _ b: Self) -> Self { weft_i8_or(a, b) }
  @inlinable @inline(__always) public static func different(_ a: Self, _ b: Self) -> Self { weft_i8_xor(a, b) }
  @inlinable @inline(__always) public static func wrappingSum(_ a: Self, _ b: Self) -> Self {
    weft_i8_add(a, b)
  }
  @inlinable @inline(__always) public static func wrappingDifference(_ a: Self, _ b: Self) -> Self {
    weft_i8_sub(a, b)
  }
  @inlinable @inline(__always) public static func wrappingProduct(_ a: Self, _ b: Self) -> Self {
    weft_i8_mul(a, b)
  }
  @inlinable @inline(__always) public static func shiftedLeft(_ a: Self, by n: Int32) -> Self { weft_i8_shl(a, n) }
  @inlinable @inline(__always) public static func shiftedRight(_ a: Self, by n: Int32) -> Self { weft_i8_shr(a, n) }
  @inlinable @inline(__always)
  public static func shiftedLeft(_ a: Self, by n: Self) -> Self { weft_i8_shl_each(a, n) }
  @inlinable @inline(__always)
  public static func shiftedRight(_ a: Self, by n: Self) -> Self { weft_i8_shr_each(a, n) }
  @inlinable @inline(__always) public static func less(_ a: Self, _ b: Self) -> Self { weft_i8_less(a, b) }
  @inlinable @inline(__always)
  public static func select(_ mask: Self, _ a: Self, _ b: Self) -> Self { weft_i8_select(mask, a, b) }
  @inlinable @inline(__always) public var signs: Int32 { weft_i8_signs(self) }
  @inlinable @inline(__always) public var isZero: Bool { weft_i8_is_zero(self) }
}
