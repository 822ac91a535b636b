// [audio] Phases of eight frames of one voice.

extension Phase where L == Voices {
  /// The phases after each of eight steps from `bits` on.
  @inlinable @inline(__always)
  public init(after bits: Int32, steps: SIMD8<Int32>, areEqual: Bool) {
    if areEqual {
      let leads = SIMD8<Int32>.wrappingProduct(steps, SIMD8<Int32>(1, 2, 3, 4, 5, 6, 7, 8))
      self.init(bits: SIMD8<Int32>.wrappingSum(SIMD8(repeating: bits), leads))
      return
    }
    var sum = bits, row = SIMD8<Int32>(repeating: 0)
    for k in 0..<8 {
      sum = Int32.wrappingSum(sum, steps[k])
      row[k] = sum
    }
    self.init(bits: row)
  }
}
