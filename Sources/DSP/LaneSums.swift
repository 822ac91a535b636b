// [audio] Sums over voices.

extension Lane {
  /// Adds the lane sum of each frame to `out`: for eight frames at once, whose sums are one vector.
  @inlinable @inline(__always)
  public static func addSums(_ frames: Int, to out: UnsafeMutablePointer<Float>, _ value: (_ i: Int) -> Self) {
    guard count == Voices.count else {
      for i in 0..<frames { out[i] += value(i).laneSum }
      return
    }
    let eights = frames & ~7
    var rows = InlineArray<8, Self>(repeating: .zero)
    withUnsafeMutableBytes(of: &rows) {
      let rows = $0.baseAddress!.assumingMemoryBound(to: Self.self)
      let vectors = UnsafePointer($0.baseAddress!.assumingMemoryBound(to: Voices.self))
      for i in stride(from: 0, to: eights, by: 8) {
        for k in 0..<8 { rows[k] = value(i &+ k) }
        let at = UnsafeMutableRawPointer(out + i)
        at.storeBytes(of: at.loadUnaligned(as: Voices.self) + Voices.sums(vectors), as: Voices.self)
      }
    }
    for i in eights..<frames { out[i] += value(i).laneSum }
  }
}

/// The numbers of a vector, read one by one.
@usableFromInline struct LaneList<T: BitwiseCopyable> {
  @usableFromInline let base: UnsafeRawPointer
  @inlinable @inline(__always) init(_ base: UnsafeRawPointer) { self.base = base }
  @inlinable @inline(__always) subscript(lane: Int) -> T { base.load(fromByteOffset: lane &* 4, as: T.self) }
}

extension Lane {
  /// Two sums in each lane, each over a row of eight numbers computed per lane from two whole numbers and a fraction.
  @inlinable @inline(__always)
  static func rowSums(
    _ a: Bits, _ b: Bits, _ part: Self, isPair: Bool, _ rows: (_ a: Int, _ b: Int, _ part: Float) -> (Voices, Voices)
  ) -> (Self, Self) {
    if count == 1 {
      let row = rows(Int(a[lane: 0]), Int(b[lane: 0]), part[lane: 0])
      let first = row.0.laneSum
      return (Self(first), Self(isPair ? row.1.laneSum : first))
    }
    var numbers = (a, b, part), made = InlineArray<16, Voices>(repeating: Voices(0))
    return withUnsafeMutableBytes(of: &numbers) { numbers in
      withUnsafeMutableBytes(of: &made) { made in
        let rowsOf = made.baseAddress!.assumingMemoryBound(to: Voices.self)
        let a = LaneList<Int32>(numbers.baseAddress!), b = LaneList<Int32>(numbers.baseAddress! + 32)
        let part = LaneList<Float>(numbers.baseAddress! + 64)
        for lane in 0..<8 {
          let row = rows(Int(a[lane]), Int(b[lane]), part[lane])
          rowsOf[lane] = row.0
          if isPair { rowsOf[lane &+ 8] = row.1 }
        }
        let first = Voices.sums(rowsOf), second = isPair ? Voices.sums(rowsOf + 8) : first
        rowsOf[0] = first
        rowsOf[1] = second
        return (made.load(as: Self.self), made.load(fromByteOffset: 32, as: Self.self))
      }
    }
  }
}
