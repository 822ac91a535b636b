// [audio] A moving low-pass of one voice, in groups of eight frames.
import CLanes

extension BlockedFilter {
  /// Filters some frames of a low-pass whose coefficients move, in groups of eight at absolute multiples of eight: the
  /// output is the same to the bit for any split into calls.
  ///
  /// - Parameters:
  ///   - point: the coefficients at the last multiple of eight, as are `band` and `low`.
  ///   - step: their movement from frame to frame.
  @inlinable @inline(__always)
  public mutating func runMoving(
    _ point: inout LowpassPoint<Float>, step: LowpassPoint<Float>, _ x: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>, count: Int, frame: Int, band: inout Float, low: inout Float
  ) {
    var state = SIMD2(band, low), i = 0
    while i < count {
      let offset = (frame &+ i) & 7, part = min(8 &- offset, count &- i)
      if part == 8 {
        point.runEight(x + i, out + i, step: step, state: &state)
        point = point.later(by: 8, step)
      } else {
        for k in 0..<part { pending[offset &+ k] = x[i &+ k] }
        var outputs = Voices(), after = state
        withUnsafeBytes(of: pending) { inputs in
          withUnsafeMutableBytes(of: &outputs) { outputs in
            point.runEight(
              inputs.baseAddress!.assumingMemoryBound(to: Float.self),
              outputs.baseAddress!.assumingMemoryBound(to: Float.self), step: step, state: &after)
          }
        }
        for k in 0..<part { out[i &+ k] = outputs[offset &+ k] }
        if offset &+ part == 8 {
          state = after
          point = point.later(by: 8, step)
        }
      }
      i &+= part
    }
    (band, low) = (state[0], state[1])
  }
}

extension LowpassPoint {
  /// The coefficients of the first lane.
  @inlinable @inline(__always)
  public var first: LowpassPoint<Float> {
    var point = LowpassPoint<Float>()
    (point.keep, point.turn, point.rise) = (keep[lane: 0], turn[lane: 0], rise[lane: 0])
    return point
  }

  /// The same coefficients in all lanes.
  @inlinable @inline(__always)
  public init(all point: LowpassPoint<Float>) {
    (keep, turn, rise) = (L(point.keep), L(point.turn), L(point.rise))
  }
}

extension LowpassPoint where L == Float {
  /// The coefficients some frames later.
  @inlinable @inline(__always)
  func later(by frames: Float, _ step: Self) -> Self {
    var point = Self()
    point.keep = Float.fma(step.keep, frames, keep)
    point.turn = Float.fma(step.turn, frames, turn)
    point.rise = Float.fma(step.rise, frames, rise)
    return point
  }

  /// Filters eight frames.
  ///
  /// - Parameter state: band and low.
  @inlinable @inline(__always)
  func runEight(
    _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, step: Self, state: inout SIMD2<Float>
  ) {
    var point = self, step = step
    withUnsafeMutableBytes(of: &state) { state in
      withUnsafeBytes(of: &point) { point in
        withUnsafeBytes(of: &step) { step in
          weft_lowpass_eight(
            point.baseAddress!.assumingMemoryBound(to: Float.self),
            step.baseAddress!.assumingMemoryBound(to: Float.self), x, out,
            state.baseAddress!.assumingMemoryBound(to: Float.self))
        }
      }
    }
  }
}

extension LowpassPoint where L == Voices {
  /// The coefficients of one lane.
  @inlinable @inline(__always)
  public func lane(_ lane: Int) -> LowpassPoint<Float> {
    var point = LowpassPoint<Float>()
    (point.keep, point.turn, point.rise) = (keep[lane], turn[lane], rise[lane])
    return point
  }

  /// Filters 64 frames of one voice whose coefficients move from `start` to the points of the first four lanes, over 16
  /// frames to each: eight groups of eight frames in lanes, the same to the bit as one after the other.
  @inlinable @inline(__always)
  public func runQuantum(
    from start: LowpassPoint<Float>, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, band: inout Float,
    low: inout Float
  ) {
    var points = Self(), steps = Self(), state = SIMD2(band, low)
    (points.keep, steps.keep) = Self.ramps(from: start.keep, to: keep)
    (points.turn, steps.turn) = Self.ramps(from: start.turn, to: turn)
    (points.rise, steps.rise) = Self.ramps(from: start.rise, to: rise)
    withUnsafeMutableBytes(of: &state) { state in
      withUnsafeBytes(of: &points) { points in
        withUnsafeBytes(of: &steps) { steps in
          weft_lowpass_quantum(
            points.baseAddress!, steps.baseAddress!, x, out, state.baseAddress!.assumingMemoryBound(to: Float.self))
        }
      }
    }
    (band, low) = (state[0], state[1])
  }

  /// Of four ramps over 16 frames each: the values at eight multiples of eight frames, and the steps of a frame.
  @inlinable @inline(__always)
  static func ramps(from start: Float, to goals: Voices) -> (points: Voices, steps: Voices) {
    let starts = Voices(start, goals[0], goals[1], goals[2], 0, 0, 0, 0)
    let steps = weft_f8_twice((goals - starts) * Voices(1 / 16))
    return (Voices.fma(steps, Voices(0, 8, 0, 8, 0, 8, 0, 8), weft_f8_twice(starts)), steps)
  }
}

extension UnsafePointer where Pointee: Lane {
  /// The same numbers, for a lane that is one number.
  @inlinable @inline(__always)
  public var floats: UnsafePointer<Float> { UnsafeRawPointer(self).assumingMemoryBound(to: Float.self) }
}

extension UnsafeMutablePointer where Pointee: Lane {
  @inlinable @inline(__always)
  public var floats: UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: Float.self)
  }
}
