// [audio] A wave with steps and corners, made band-limited.

/// Takes a wave as it is, frame by frame, and its edges as they happen; gives the band-limited wave,
/// `EdgeTable.delay` frames late.
///
/// Each edge adds its remainder to the rows of the next 32 frames, in order of frames, so the sound
/// does not depend on how frames are grouped into chunks.
public struct EdgedWave<L: Lane>: BitwiseCopyable, @unchecked Sendable {
  /// Rows of memory that it needs: a quantum of 64 frames and what reaches beyond it.
  public static var rowCount: Int { 64 + EdgeTable.taps }

  @usableFromInline let rows: UnsafeMutablePointer<L>
  @usableFromInline let steps: UnsafePointer<Float>
  @usableFromInline let corners: UnsafePointer<Float>

  /// [control] - Parameter rows: `rowCount` zeros.
  public init(rows: UnsafeMutablePointer<L>) {
    self.rows = rows
    steps = EdgeTable.steps
    corners = EdgeTable.corners
  }

  /// The wave as it is at frame i of the chunk, its edges up to this frame included.
  @inlinable @inline(__always)
  public func put(_ value: L, at i: Int) { rows[i + EdgeTable.delay] += value }

  /// A jump by `height` in one lane, `age` (0 ... 1) frames before frame i.
  @inlinable @inline(__always)
  public func addStep(_ height: Float, lane: Int, age: Float, at i: Int) {
    add(steps, height, lane: lane, age: age, at: i)
  }

  /// A corner: the slope changes by `slope` a frame in one lane, `age` (0 ... 1) frames before frame i.
  @inlinable @inline(__always)
  public func addCorner(_ slope: Float, lane: Int, age: Float, at i: Int) {
    add(corners, slope, lane: lane, age: age, at: i)
  }

  @inlinable @inline(__always)
  func add(_ table: UnsafePointer<Float>, _ size: Float, lane: Int, age: Float, at i: Int) {
    let place = age * Float(EdgeTable.phases)
    let row = Int(min(place, Float(EdgeTable.phases - 1)))
    let part = place - Float(row)
    var near = L.zero, far = L.zero
    near[lane: lane] = size - size * part
    far[lane: lane] = size * part
    let a = table + row * EdgeTable.taps, b = a + EdgeTable.taps, target = rows + i
    for tap in 0..<EdgeTable.taps {
      target[tap] = L.fma(L(a[tap]), near, L.fma(L(b[tap]), far, target[tap]))
    }
  }

  /// Ends a chunk: writes it, times `gain`, and keeps what reaches beyond it.
  @inlinable @inline(__always)
  public func finish(_ frames: Int, gain: (Int) -> L, to out: UnsafeMutablePointer<L>) {
    for i in 0..<frames { out[i] = rows[i] * gain(i) }
    for i in 0..<EdgeTable.taps { rows[i] = rows[i + frames] }
    for i in EdgeTable.taps..<frames + EdgeTable.taps { rows[i] = L.zero }
  }
}
