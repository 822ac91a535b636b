// [audio] A wave with steps and corners, made band-limited.

/// Takes a wave as it is, frame by frame, and its edges as they happen; gives the band-limited wave,
/// `EdgeTable.delay` frames late.
///
/// Each edge adds its remainder to the coming 32 frames, in order of frames, so the sound does not
/// depend on how frames are grouped into chunks.
public struct EdgedWave<L: Lane>: BitwiseCopyable, @unchecked Sendable {
  /// Rows of memory that it needs, one a frame of a remainder: a ring.
  public static var rowCount: Int { EdgeTable.taps }

  @usableFromInline let rows: UnsafeMutablePointer<L>
  @usableFromInline let steps: UnsafePointer<Float>
  @usableFromInline let corners: UnsafePointer<Float>
  /// The row of the coming frame.
  @usableFromInline var place = 0
  /// The wave as it was one, two and three frames ago: as many as `EdgeTable.delay`.
  @usableFromInline var first = L.zero, second = L.zero, third = L.zero

  /// [control] - Parameter rows: `rowCount` zeros.
  public init(rows: UnsafeMutablePointer<L>) {
    self.rows = rows
    steps = EdgeTable.steps
    corners = EdgeTable.corners
  }

  /// Takes the wave as it is at one more frame, whose edges have been added; gives the finished one.
  @inlinable @inline(__always)
  public mutating func next(_ value: L) -> L {
    let out = third + rows[place]
    rows[place] = .zero
    place = (place &+ 1) & (EdgeTable.taps - 1)
    third = second
    second = first
    first = value
    return out
  }

  /// A jump by `height` in one lane, `age` (0 ... 1) frames before the coming frame.
  @inlinable @inline(__always)
  public func addStep(_ height: Float, lane: Int, age: Float) { add(steps, height, lane: lane, age: age) }

  /// A corner: the slope changes by `slope` a frame in one lane, `age` (0 ... 1) frames before the
  /// coming frame.
  @inlinable @inline(__always)
  public func addCorner(_ slope: Float, lane: Int, age: Float) { add(corners, slope, lane: lane, age: age) }

  @inlinable @inline(__always)
  func add(_ table: UnsafePointer<Float>, _ size: Float, lane: Int, age: Float) {
    let position = age * Float(EdgeTable.phases)
    let row = Int(min(position, Float(EdgeTable.phases - 1)))
    let part = position - Float(row)
    let near = Voices(size - size * part), far = Voices(size * part)
    let a = UnsafeRawPointer(table + row * EdgeTable.taps)
    var unit = L.zero
    unit[lane: lane] = 1
    // Eight taps at once, and then each into its row.
    for first in stride(from: 0, to: EdgeTable.taps, by: Voices.count) {
      let here = a.loadUnaligned(fromByteOffset: first * 4, as: Voices.self)
      let next = a.loadUnaligned(fromByteOffset: (first + EdgeTable.taps) * 4, as: Voices.self)
      let remainder = Voices.fma(here, near, next * far)
      withUnsafeBytes(of: remainder) { bytes in
        let taps = bytes.baseAddress!.assumingMemoryBound(to: Float.self)
        for tap in 0..<Voices.count {
          let target = rows + ((place + first + tap) & (EdgeTable.taps - 1))
          target.pointee = L.fma(L(taps[tap]), unit, target.pointee)
        }
      }
    }
  }
}
