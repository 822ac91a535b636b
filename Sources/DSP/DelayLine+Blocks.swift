// [audio] Many frames of a delay line at once, where nothing wraps and no read depends on a pending write.

extension DelayLine {
  /// Base pointer for block reads: `p[i - back]` equals `read(back:)` before frame i is written. Nil where the range
  /// crosses an end of the memory, was not written yet, or would be overwritten.
  ///
  /// - Parameters:
  ///   - newest, oldest: the least and the greatest delay that is read.
  @inlinable @inline(__always)
  public func past(from oldest: Int, to newest: Int, frames: Int) -> UnsafePointer<L>? {
    guard newest >= frames, oldest <= filled else { return nil }
    if head >= oldest { return UnsafePointer(memory + head) }
    return head &+ frames &- newest <= 0 ? UnsafePointer(memory + head + capacity) : nil
  }

  /// Base pointer for writing a block, or adding to one `feedbackDelay` frames ahead; nil where the memory ends before.
  @inlinable @inline(__always)
  public func future(frames: Int, feedbackDelay: Int) -> UnsafeMutablePointer<L>? {
    head &+ frames <= capacity && head >= feedbackDelay && filled > feedbackDelay ? memory + head : nil
  }

  /// Advances past frames that were written through `future`.
  @inlinable @inline(__always)
  public mutating func advance(_ frames: Int) {
    head = head &+ frames == capacity ? 0 : head &+ frames
    filled = min(filled &+ frames, capacity)
  }
}

extension GlidingTap {
  /// Reads one value per delay to `out`, as repeated calls of `read`; returns false, without an effect, where that must
  /// be done frame by frame.
  ///
  /// - Parameters:
  ///   - delays: one for all frames, where `isConstant`; else the values before them are overwritten.
  ///   - lead: number of frames ahead whose values are not final yet.
  @inlinable @inline(__always)
  public mutating func read(
    _ line: DelayLine<L>, at delays: UnsafeMutablePointer<L>, isConstant: Bool, lead: Int,
    _ out: UnsafeMutablePointer<L>, frames: Int
  ) -> Bool {
    guard L.differ(fade, .zero).signs == 0 else { return false }
    if isConstant {
      guard tap.isUniform, L.differ(delays[0], delay).signs == 0 else { return false }
      let back = Int(tap.frames[lane: 0])
      guard let past = line.past(from: back &+ 2, to: back &- 1 &- lead, frames: frames) else { return false }
      let first = past - back
      for i in 0..<frames { out[i] = tap.between(first + i) }
      return true
    }
    return L.count == 1 && readMoving(line, at: delays, lead: lead, out, frames: frames)
  }

  /// One voice, eight frames at a time: read positions are computed in the lanes of a vector.
  @inlinable @inline(__always)
  mutating func readMoving(
    _ line: DelayLine<L>, at delays: UnsafeMutablePointer<L>, lead: Int, _ out: UnsafeMutablePointer<L>, frames: Int
  ) -> Bool {
    guard frames & 7 == 0, frames <= 64 else { return false }
    delays[-1] = delay
    let places = UnsafeRawPointer(delays)
    @inline(__always) func eight(_ i: Int) -> Voices { places.loadUnaligned(fromByteOffset: i &* 4, as: Voices.self) }
    var low = eight(0), high = low, widest = Voices(0)
    for i in stride(from: 0, to: frames, by: 8) {
      let here = eight(i)
      widest = Voices.maximum(Voices.magnitude(here - eight(i &- 1)), widest)
      low = Voices.minimum(here, low)
      high = Voices.maximum(here, high)
    }
    guard Voices.less(widest, Voices(1)).signs == 0xff else { return false }
    let newest = Int(low.laneMinimum) &- 1 &- lead, oldest = Int(-(-high).laneMinimum) &+ 2
    guard let past = line.past(from: oldest, to: newest, frames: frames) else { return false }
    // Through memory, in two loops: otherwise the compiler would split the vectors.
    var weights = InlineArray<32, Voices>(repeating: Voices(0)),
      backs = InlineArray<8, SIMD8<Int32>>(repeating: .init())
    withUnsafeMutableBytes(of: &weights) { weights in
      withUnsafeMutableBytes(of: &backs) { backs in
        for i in stride(from: 0, to: frames, by: 8) {
          let taps = DelayTap<Voices>(eight(i))
          backs.storeBytes(of: taps.frames, toByteOffset: i &* 4, as: SIMD8<Int32>.self)
          weights.storeBytes(of: taps.weights.0, toByteOffset: i &* 4, as: Voices.self)
          weights.storeBytes(of: taps.weights.1, toByteOffset: i &* 4 &+ 256, as: Voices.self)
          weights.storeBytes(of: taps.weights.2, toByteOffset: i &* 4 &+ 512, as: Voices.self)
          weights.storeBytes(of: taps.weights.3, toByteOffset: i &* 4 &+ 768, as: Voices.self)
        }
        let row = UnsafeRawPointer(weights.baseAddress!).assumingMemoryBound(to: L.self)
        let back = UnsafeRawPointer(backs.baseAddress!).assumingMemoryBound(to: Int32.self)
        for i in 0..<frames {
          out[i] = DelayTap.between(past + (i &- Int(back[i])), row[i], row[i &+ 64], row[i &+ 128], row[i &+ 192])
        }
      }
    }
    delay = delays[frames &- 1]
    tap = DelayTap(delay)
    return true
  }
}

extension DelayTap {
  /// The value between four points; `p[0]` is the one `frames` ago.
  @inlinable @inline(__always)
  func between(_ p: UnsafePointer<L>) -> L {
    Self.between(p, weights.0, weights.1, weights.2, weights.3)
  }

  @inlinable @inline(__always)
  static func between(_ p: UnsafePointer<L>, _ w0: L, _ w1: L, _ w2: L, _ w3: L) -> L {
    L.fma(w3, p[-2], L.fma(w2, p[-1], L.fma(w0, p[1], w1 * p[0])))
  }
}
