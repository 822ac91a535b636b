// [audio] A sound that moves around a head.

/// Filters a sound with the responses of both ears to the direction that it comes from.
///
/// The direction is that of the nearest measurement, chosen anew at every hop; windows that overlap blend the last ones,
/// so that a movement does not click. Samples before and after a movement are filtered by their own direction's response
/// to its end.
public struct HeadPanner: BitwiseCopyable, @unchecked Sendable {
  /// Measured responses: `count` rows for each ear, padded with zeros.
  public struct Responses: BitwiseCopyable, @unchecked Sendable {
    let left, right: UnsafePointer<Float>
    /// Unit vectors: front, left, up.
    let directions: UnsafePointer<Float>
    let count, taps: Int

    /// Zeros before and after a row, so that the convolution needs no bounds checks.
    public static var before: Int { quantum }
    public static var after: Int { quantum + 2 * Voices.count }
    public static func stride(taps: Int) -> Int { before + taps + after }

    public init(
      left: UnsafePointer<Float>, right: UnsafePointer<Float>, directions: UnsafePointer<Float>, count: Int, taps: Int
    ) {
      (self.left, self.right, self.directions, self.count, self.taps) = (left, right, directions, count, taps)
    }

    /// The measurement nearest to a direction in cycles, clockwise from the front, and upwards.
    @inline(__always)
    func nearest(_ azimuth: Float, _ elevation: Float) -> Int32 {
      let level = Float.cosine(cycles: elevation)
      let x = level * Float.cosine(cycles: azimuth), y = -level * Float.sine(cycles: azimuth)
      let z = Float.sine(cycles: elevation)
      var best: Int32 = 0, most: Float = -4
      for i in 0..<count {
        let at = directions + 3 * i, near = Float.fma(x, at[0], Float.fma(y, at[1], z * at[2]))
        if near > most { (best, most) = (Int32(truncatingIfNeeded: i), near) }
      }
      return best
    }
  }

  /// Frames of a call at most.
  public static var quantum: Int { 64 }
  /// Directions that overlap at most.
  static var mostHops: Int { 20 }
  static var shortestHop: Int { 16 }

  private let responses: Responses
  /// Sums of both ears from the next frame on.
  private let left, right: UnsafeMutablePointer<Float>
  private let window: UnsafeMutablePointer<Float>
  private let longest: Int
  /// Windowed parts of the input, one for each direction.
  private let parts: UnsafeMutablePointer<Float>
  private var length = 0, hop = 0, isRoot = false
  /// Directions of the last hops, the newest first; and the frames since its start.
  private var recent = InlineArray<20, Int32>(repeating: 0)
  private var place = 0
  private var isFresh = true

  /// - Parameters:
  ///   - longest: frames of the longest window.
  ///   - memory: returns zeroed floats that outlive the panner.
  public init(_ responses: Responses, longest: Int, memory: (Int) -> UnsafeMutablePointer<Float>) {
    self.responses = responses
    self.longest = longest
    let sums = responses.taps + Self.quantum + 2 * Voices.count
    (left, right) = (memory(sums), memory(sums))
    window = memory(longest)
    parts = memory(Self.mostHops * Self.quantum)
  }

  /// Sets the frames of a window and the number of windows that overlap.
  public mutating func set(length wanted: Int, overlap: Int) {
    let wanted = max(min(wanted, longest), 2 * Self.shortestHop)
    let hop = max(wanted / max(overlap, 2), Self.shortestHop)
    // The slope of a few windows: their squares add up evenly.
    let isRoot = overlap == 2 || overlap == 4
    if wanted == length && hop == self.hop && isRoot == self.isRoot { return }
    (length, self.hop, self.isRoot) = (wanted, hop, isRoot)
    var sum: Float = 0
    for i in 0..<length {
      let sine = Float.sineOfHalfCycle(0.5 * Float(i) / Float(length - 1))
      window[i] = isRoot ? sine : sine * sine
      sum += window[i]
    }
    let scale = Float(hop) / sum
    for i in 0..<length { window[i] *= scale }
    place = min(place, hop)
  }

  /// Forgets what it has heard.
  public mutating func restart() {
    for i in 0..<responses.taps + Self.quantum + 2 * Voices.count { (left[i], right[i]) = (0, 0) }
    isFresh = true
  }

  /// - Parameters:
  ///   - x: the input by frame, then azimuth and elevation.
  ///   - write: receives both ears by frame.
  @inline(__always)
  public mutating func process(
    frames: Int, _ x: (Int) -> Float, _ azimuth: (Int) -> Float, _ elevation: (Int) -> Float,
    _ write: (Int, Float, Float) -> Void
  ) {
    var done = 0
    while done < frames {
      if isFresh || place >= hop {
        turn(to: responses.nearest(azimuth(done), elevation(done)))
      }
      let count = min(frames &- done, hop &- place)
      let directions = split(count) { x(done &+ $0) }
      convolve(responses.left, left, directions, count)
      convolve(responses.right, right, directions, count)
      for i in 0..<count { write(done &+ i, left[i], right[i]) }
      shift(left, count)
      shift(right, count)
      place &+= count
      done &+= count
    }
  }

  /// Starts a window with a direction; a sound that begins has come from there before.
  @inline(__always)
  private mutating func turn(to direction: Int32) {
    var i = Self.mostHops &- 1
    while i > 0 {
      recent[i] = isFresh ? direction : recent[i &- 1]
      i &-= 1
    }
    recent[0] = direction
    isFresh = false
    place = 0
  }

  /// Multiplies the input by the windows of each direction.
  ///
  /// - Returns: the directions, and their number.
  @inline(__always)
  private func split(_ count: Int, _ x: (Int) -> Float) -> (list: InlineArray<20, Int32>, count: Int) {
    var list = InlineArray<20, Int32>(repeating: 0), found = 0
    for k in 0..<Self.mostHops {
      let start = place &+ k &* hop
      if start >= length { break }
      var g = 0
      while g < found && list[g] != recent[k] { g &+= 1 }
      let part = parts + g &* Self.quantum
      if g == found {
        list[g] = recent[k]
        found &+= 1
        for i in 0..<count { part[i] = 0 }
      }
      let most = min(count, length &- start)
      for i in 0..<most { part[i] = Float.fma(x(i), window[start &+ i], part[i]) }
    }
    return (list, found)
  }

  /// Adds the responses to the parts, in the order of the input, so that the sums do not depend on the split into calls.
  @inline(__always)
  private func convolve(
    _ rows: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>,
    _ directions: (list: InlineArray<20, Int32>, count: Int), _ count: Int
  ) {
    let stride = Responses.stride(taps: responses.taps), end = responses.taps &+ count
    var m = 0
    while m < end {
      let base = UnsafeMutableRawPointer(sums + m)
      var first = base.loadUnaligned(as: Voices.self), second = base.loadUnaligned(fromByteOffset: 32, as: Voices.self)
      let start: Int = Responses.before &+ m
      for i in 0..<count {
        for g in 0..<directions.count {
          let at: Int = Int(directions.list[g]) &* stride
          let row = UnsafeRawPointer(rows + (at &+ start &- i))
          let part: Int = g &* Self.quantum &+ i
          let gain = Voices(parts[part])
          first = Voices.fma(gain, row.loadUnaligned(as: Voices.self), first)
          second = Voices.fma(gain, row.loadUnaligned(fromByteOffset: 32, as: Voices.self), second)
        }
      }
      base.storeBytes(of: first, as: Voices.self)
      base.storeBytes(of: second, toByteOffset: 32, as: Voices.self)
      m &+= 2 &* Voices.count
    }
  }

  /// Drops the frames that have been written.
  @inline(__always)
  private func shift(_ sums: UnsafeMutablePointer<Float>, _ count: Int) {
    let size = responses.taps &+ Self.quantum &+ 2 &* Voices.count
    for i in 0..<size &- count { sums[i] = sums[i &+ count] }
    for i in size &- count..<size { sums[i] = 0 }
  }
}
