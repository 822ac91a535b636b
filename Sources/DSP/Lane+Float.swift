// [audio] One voice.
import CLanes

extension Float: Lane {
  public typealias Bits = Int32

  @inlinable @inline(__always) public static var count: Int { 1 }
  @inlinable @inline(__always) public subscript(lane lane: Int) -> Float {
    get { self }
    set { self = newValue }
  }
  @inlinable @inline(__always)
  public static func fma(_ a: Float, _ b: Float, _ c: Float) -> Float { weft_f1_fma(a, b, c) }
  @inlinable @inline(__always)
  public static func fnma(_ a: Float, _ b: Float, _ c: Float) -> Float { weft_f1_fnma(a, b, c) }
  @inlinable @inline(__always) public static func minimum(_ a: Float, _ b: Float) -> Float { a < b ? a : b }
  @inlinable @inline(__always) public static func maximum(_ a: Float, _ b: Float) -> Float { a > b ? a : b }
  @inlinable @inline(__always) public static func floor(_ a: Float) -> Float { weft_f1_floor(a) }
  @inlinable @inline(__always) public static func magnitude(_ a: Float) -> Float { a.magnitude }
  @inlinable @inline(__always) public static func squareRoot(_ a: Float) -> Float { weft_f1_sqrt(a) }
  @inlinable @inline(__always) public static func less(_ a: Float, _ b: Float) -> Int32 { a < b ? -1 : 0 }
  @inlinable @inline(__always)
  public static func select(_ mask: Int32, _ a: Float, _ b: Float) -> Float { mask != 0 ? a : b }
  @inlinable @inline(__always) public static func truncated(_ a: Float) -> Int32 { weft_f1_to_i1(a) }
  @inlinable @inline(__always) public static func converted(_ a: Int32) -> Float { Float(a) }
  @inlinable @inline(__always) public static func bitPattern(_ a: Float) -> Int32 { Int32(bitPattern: a.bitPattern) }
  @inlinable @inline(__always)
  public static func fromBitPattern(_ a: Int32) -> Float { Float(bitPattern: UInt32(bitPattern: a)) }
  @inlinable @inline(__always)
  public static func columns(
    _ rows: UnsafePointer<Float>, stride: Int
  ) -> (Self, Self, Self, Self, Self, Self, Self, Self) {
    (rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7])
  }
  @inlinable @inline(__always)
  public static func gather(_ memory: UnsafePointer<Self>, _ places: Int32) -> Self { memory[Int(places)] }
  @inlinable @inline(__always)
  public static func fours(_ memory: UnsafePointer<Float>, _ places: UnsafePointer<Int32>) -> (Self, Self, Self, Self) {
    let at = memory + Int(places[0])
    return (at[0], at[1], at[2], at[3])
  }
  @inlinable @inline(__always) public var laneSum: Float { self }
  @inlinable @inline(__always) public var laneMinimum: Float { self }
}

extension Int32: LaneBits {
  @inlinable @inline(__always) public subscript(lane lane: Int) -> Int32 {
    get { self }
    set { self = newValue }
  }
  @inlinable @inline(__always) public static func both(_ a: Int32, _ b: Int32) -> Int32 { weft_i1_and(a, b) }
  @inlinable @inline(__always) public static func either(_ a: Int32, _ b: Int32) -> Int32 { weft_i1_or(a, b) }
  @inlinable @inline(__always) public static func different(_ a: Int32, _ b: Int32) -> Int32 { weft_i1_xor(a, b) }
  @inlinable @inline(__always) public static func wrappingSum(_ a: Int32, _ b: Int32) -> Int32 {
    a.addingReportingOverflow(b).partialValue
  }
  @inlinable @inline(__always) public static func wrappingDifference(_ a: Int32, _ b: Int32) -> Int32 {
    a.subtractingReportingOverflow(b).partialValue
  }
  @inlinable @inline(__always) public static func wrappingProduct(_ a: Int32, _ b: Int32) -> Int32 {
    a.multipliedReportingOverflow(by: b).partialValue
  }
  @inlinable @inline(__always) public static func shiftedLeft(_ a: Int32, by n: Int32) -> Int32 { a &<< n }
  @inlinable @inline(__always) public static func shiftedRight(_ a: Int32, by n: Int32) -> Int32 {
    Int32(bitPattern: UInt32(bitPattern: a) &>> UInt32(bitPattern: n))
  }
  @inlinable @inline(__always) public static func less(_ a: Int32, _ b: Int32) -> Int32 { a < b ? -1 : 0 }
  @inlinable @inline(__always)
  public static func select(_ mask: Int32, _ a: Int32, _ b: Int32) -> Int32 { mask != 0 ? a : b }
  @inlinable @inline(__always) public var signs: Int32 { Int32(bitPattern: UInt32(bitPattern: self) &>> 31) }
  @inlinable @inline(__always) public var isZero: Bool { self == 0 }
}
