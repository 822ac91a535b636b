// [audio] A wave with steps and corners, made band-limited.
import CLanes

/// Makes a wave with edges band-limited, with a latency of `EdgeTable.delay` frames.
///
/// Each edge adds its residual to the next 32 frames, in order of frames, so the result does not depend on how frames
/// are grouped into blocks. Each lane has a row of its own, in which residuals have the layout of the table; eight
/// frames at a time, the rows are transposed into frames.
public struct EdgedWave<L: Lane>: BitwiseCopyable, @unchecked Sendable {
  /// Number of values of its memory.
  public static var valueCount: Int { L.count * rowLength }

  /// Frames of a row: a ring buffer of coming frames, and the tail of an eight that began in its last places.
  @usableFromInline static var ringFrames: Int { 64 }
  @usableFromInline static var rowLength: Int { ringFrames + 8 }

  @usableFromInline let rows: UnsafeMutablePointer<Float>
  @usableFromInline let steps: UnsafePointer<Float>
  @usableFromInline let corners: UnsafePointer<Float>
  /// The wave one, two and three frames ago: as many as `EdgeTable.delay`.
  @usableFromInline var first = L.zero, second = L.zero, third = L.zero

  /// [control] - Parameter rows: `valueCount` zeros.
  public init(rows: UnsafeMutablePointer<Float>) {
    self.rows = rows
    steps = EdgeTable.steps
    corners = EdgeTable.corners
  }

  /// Renders some frames.
  ///
  /// - Parameters:
  ///   - frame: the absolute number of the first.
  ///   - gain: multiplies the finished wave.
  ///   - value: the naive wave at a frame; its edges are added before it returns, at the place that it receives.
  @inlinable @inline(__always)
  public mutating func render(
    _ out: UnsafeMutablePointer<L>, frame: Int, frames: Int, gain: (Int) -> L, value: (_ i: Int, _ place: Int) -> L
  ) {
    render(out, frame: frame, frames: frames, gain: gain, foresees: { _, _ in false }, smooth: { L.zero }, value: value)
  }

  /// The same for a wave whose edges are known eight frames ahead.
  ///
  /// - Parameters:
  ///   - foresees: adds the edges of the eight frames from a place on, which is so many frames ahead; false where they
  ///     are not known, which then holds for all frames.
  ///   - smooth: the naive wave at the next frame, whose edges have been added.
  @inlinable @inline(__always)
  public mutating func render(
    _ out: UnsafeMutablePointer<L>, frame: Int, frames: Int, gain: (Int) -> L,
    foresees: (_ place: Int, _ ahead: Int) -> Bool,
    smooth: () -> L, value: (_ i: Int, _ place: Int) -> L
  ) {
    var i = 0
    // Residuals are added one round before they are read: reads of fresh unaligned stores are slow.
    var isForeseen = false
    while i < frames {
      let (place, count) = Self.block(from: frame &+ i, frames &- i)
      beginBlock(at: place)
      if count == 8 && L.count == 8 && (isForeseen || foresees(place, 0)) {
        isForeseen = frames &- i >= 16 && foresees(place &+ 8, 8)
        finishEight(out + i, at: place, gain: { gain(i &+ $0) }, value: { _ in smooth() })
      } else {
        for k in 0..<count { out[i &+ k] = value(i &+ k, place &+ k) }
        finishBlock(out + i, at: place, count) { gain(i &+ $0) }
      }
      i &+= count
    }
  }

  /// The place of a frame, and the number of frames from there on that are finished together.
  @inlinable @inline(__always)
  public static func block(from frame: Int, _ frames: Int) -> (place: Int, count: Int) {
    let place = frame & (ringFrames - 1)
    return (place, min(frames, 8 &- (place & 7)))
  }

  /// Before the first edge of a block: moves the residuals beyond the end of the ring buffer to its beginning.
  @inlinable @inline(__always)
  public func beginBlock(at place: Int) { if place == 0 { wrapTail() } }

  /// Turns the naive values of a block, with their edges added, into the finished wave.
  @inlinable @inline(__always)
  public mutating func finishBlock(
    _ values: UnsafeMutablePointer<L>, at place: Int, _ count: Int, gain: (_ k: Int) -> L
  ) {
    if count == 8 && L.count == 8 {
      finishEight(values, at: place, gain: gain, value: { values[$0] })
    } else {
      finish(values, at: place, count, gain: gain)
    }
  }

  @inlinable @inline(__always)
  func wrapTail() {
    for lane in 0..<L.count {
      let row = UnsafeMutableRawPointer(rows + lane * Self.rowLength)
      let rest = row.loadUnaligned(fromByteOffset: Self.ringFrames * 4, as: Voices.self)
      row.storeBytes(of: row.loadUnaligned(as: Voices.self) + rest, as: Voices.self)
      row.storeBytes(of: Voices(0), toByteOffset: Self.ringFrames * 4, as: Voices.self)
    }
  }

  /// Adds the residuals to eight frames at once.
  @inlinable @inline(__always)
  mutating func finishEight(
    _ out: UnsafeMutablePointer<L>, at place: Int, gain: (Int) -> L, value: (_ k: Int) -> L
  ) {
    let (a, b, c, d, e, f, g, h) = L.columns(rows + place, stride: Self.rowLength)
    for lane in 0..<L.count {
      UnsafeMutableRawPointer(rows + place + lane * Self.rowLength).storeBytes(of: Voices(0), as: Voices.self)
    }
    let v0 = value(0), v1 = value(1), v2 = value(2), v3 = value(3), v4 = value(4)
    let v5 = value(5), v6 = value(6), v7 = value(7)
    out[0] = (third + a) * gain(0)
    out[1] = (second + b) * gain(1)
    out[2] = (first + c) * gain(2)
    out[3] = (v0 + d) * gain(3)
    out[4] = (v1 + e) * gain(4)
    out[5] = (v2 + f) * gain(5)
    out[6] = (v3 + g) * gain(6)
    out[7] = (v4 + h) * gain(7)
    (third, second, first) = (v5, v6, v7)
  }

  /// The last three frames of one voice, in the last three lanes.
  @inlinable @inline(__always)
  public var lastThree: Voices {
    get { Voices(0, 0, 0, 0, 0, third[lane: 0], second[lane: 0], first[lane: 0]) }
    set { (third, second, first) = (L(newValue[5]), L(newValue[6]), L(newValue[7])) }
  }

  /// Eight frames of one voice, which are adjacent in its row.
  ///
  /// - Parameter before: the eight frames before, at least the last three.
  @inlinable @inline(__always)
  public func finishEight(
    _ out: UnsafeMutablePointer<L>, at place: Int, before: Voices, _ value: Voices, gain: Voices
  ) {
    let row = UnsafeMutableRawPointer(rows + place)
    let remainder = row.loadUnaligned(as: Voices.self)
    row.storeBytes(of: Voices(0), as: Voices.self)
    let delayed = weft_f8_three_later(before, value)
    UnsafeMutableRawPointer(out).storeBytes(of: (delayed + remainder) * gain, as: Voices.self)
  }

  @inlinable @inline(__always)
  mutating func finish(_ out: UnsafeMutablePointer<L>, at place: Int, _ count: Int, gain: (Int) -> L) {
    for k in 0..<count {
      var remainder = L.zero
      for lane in 0..<L.count {
        let value = rows + lane * Self.rowLength + place + k
        remainder[lane: lane] = value.pointee
        value.pointee = 0
      }
      let now = out[k]
      out[k] = (third + remainder) * gain(k)
      third = second
      second = first
      first = now
    }
  }

  /// Adds a step of `height` in one lane, `age` (0 ... 1) frames before the frame at `place`.
  @inlinable @inline(__always)
  public func addStep(_ height: Float, lane: Int, age: Float, at place: Int) {
    add(steps, height, lane: lane, age: age, place)
  }

  /// Adds a corner: the slope changes by `slope` per frame in one lane, `age` (0 ... 1) frames before the frame at
  /// `place`.
  @inlinable @inline(__always)
  public func addCorner(_ slope: Float, lane: Int, age: Float, at place: Int) {
    add(corners, slope, lane: lane, age: age, place)
  }

  @inlinable @inline(__always)
  func add(_ table: UnsafePointer<Float>, _ size: Float, lane: Int, age: Float, _ place: Int) {
    let position = min(age * Float(EdgeTable.phases), Float(EdgeTable.phases - 1))
    let index = Float.truncated(position)
    let part = min(age * Float(EdgeTable.phases) - Float(index), 1)
    let far = size * part
    let near = Voices(size - far), next = Voices(far)
    let taps = UnsafeRawPointer(table + Int(index) &* EdgeTable.taps)
    let row = UnsafeMutableRawPointer(rows + lane &* Self.rowLength)
    for first in stride(from: 0, to: EdgeTable.taps, by: Voices.count) {
      let here = taps.loadUnaligned(fromByteOffset: first * 4, as: Voices.self)
      let there = taps.loadUnaligned(fromByteOffset: (first + EdgeTable.taps) * 4, as: Voices.self)
      let target = row + ((place &+ first) & (Self.ringFrames - 1)) &* 4
      let sum = Voices.fma(here, near, Voices.fma(there, next, target.loadUnaligned(as: Voices.self)))
      target.storeBytes(of: sum, as: Voices.self)
    }
  }
}
