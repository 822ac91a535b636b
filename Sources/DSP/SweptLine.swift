// [audio] A short delay line swept by two slow sine waves: chorus, flanger, vibrato.

/// The last frames of a signal, read with interpolation; a power of two of them, so that a place is a mask.
///
/// A reset costs nothing: frames not written since read 0.
public struct SweptLine<L: Lane>: BitwiseCopyable {
  @usableFromInline let memory: UnsafeMutablePointer<L>
  @usableFromInline let mask: Int
  /// Frames written since the last reset.
  @usableFromInline var head = 0

  /// - Parameter frames: a power of two.
  public init(memory: UnsafeMutablePointer<L>, frames: Int) {
    self.memory = memory
    mask = frames - 1
  }

  @inlinable @inline(__always)
  public mutating func write(_ x: L) {
    memory[head & mask] = x
    head += 1
  }

  /// The value `tap` frames ago, with cubic interpolation; the last written frame is 1 ago.
  @inlinable @inline(__always)
  public func read(_ tap: DelayTap<L>) -> L {
    var points = (L.zero, L.zero, L.zero, L.zero)
    if tap.isUniform {
      let back = Int(tap.frames[lane: 0])
      points = (at(back - 1), at(back), at(back + 1), at(back + 2))
    } else {
      points = (
        at(tap.frames &- L.Bits(1)), at(tap.frames), at(tap.frames &+ L.Bits(1)), at(tap.frames &+ L.Bits(2))
      )
    }
    let near = L.fma(tap.weights.0, points.0, tap.weights.1 * points.1)
    return L.fma(tap.weights.3, points.3, L.fma(tap.weights.2, points.2, near))
  }

  @inlinable @inline(__always)
  func at(_ back: Int) -> L { back > head ? .zero : memory[(head &- back) & mask] }

  /// The same, with a delay per lane.
  @inlinable @inline(__always)
  func at(_ back: L.Bits) -> L {
    let place = (L.Bits(Int32(truncatingIfNeeded: head)) &- back) & L.Bits(Int32(truncatingIfNeeded: mask))
    // No line is as long as that many frames.
    let written = L.Bits(Int32(truncatingIfNeeded: min(head, 1 << 30)))
    return L.select(L.Bits.less(written, back), .zero, L.gather(memory, place))
  }
}

/// Two swept numbers, left and right: delays in frames, coefficients.
public struct StereoPair<L: Lane>: Coefficients {
  public var left = L.zero, right = L.zero
  public init() {}

  @inlinable @inline(__always)
  public func sixteenth(from start: Self) -> Self {
    var step = self
    step.left = (left - start.left) * 0.0625
    step.right = (right - start.right) * 0.0625
    return step
  }

  @inlinable @inline(__always)
  public mutating func advance(by step: Self) {
    left += step.left
    right += step.right
  }
}

/// Delays that follow a sine wave, the right one a quarter of a cycle ahead; computed on the grid of 16 frames and
/// interpolated linearly.
public struct StereoSweep<L: Lane>: BitwiseCopyable, Sendable {
  public var delays = GridRamp<StereoPair<L>>()
  @usableFromInline var phase = Phase<L>()
  /// Phase increment per frame.
  @usableFromInline var step = L.Bits(0)

  @inlinable @inline(__always) public init() {}

  /// At a grid point, or before the first frame.
  /// - Parameters:
  ///   - rate: cycles per frame.
  ///   - shape: maps the moving value to the swept one.
  @inlinable @inline(__always)
  public mutating func reachPoint(centre: L, swing: L, rate: L, shape: (L) -> L = { $0 }) {
    delays.reachPoint(next: Self.pair(phase, centre: centre, swing: swing, shape))
    step = Phase<L>.step(L.minimum(rate, L(0.03)))
    phase.advance(by: step &* L.Bits(16))
  }

  /// The swept values of one frame, `place` frames after a grid point, where the swing moves at audio rate.
  @inlinable @inline(__always)
  public func pair(centre: L, swing: L, at place: Int, shape: (L) -> L) -> StereoPair<L> {
    let back = step &* L.Bits(Int32(16 &- place))
    return Self.pair(Phase<L>(bits: phase.bits &- back), centre: centre, swing: swing, shape)
  }

  @inlinable @inline(__always)
  static func pair(_ phase: Phase<L>, centre: L, swing: L, _ shape: (L) -> L) -> StereoPair<L> {
    var next = StereoPair<L>()
    next.left = shape(L.fma(swing, L.sineOfHalfCycle(phase.halfCycles), centre))
    next.right = shape(L.fma(swing, L.cosine(cycles: phase.halfCycles), centre))
    return next
  }

  /// Reads `line` at both delays, and advances by a frame.
  @inlinable @inline(__always)
  public mutating func read(_ line: SweptLine<L>) -> (left: L, right: L) {
    let y = (line.read(DelayTap(delays.now.left)), line.read(DelayTap(delays.now.right)))
    if delays.isMoving { delays.now.advance(by: delays.step) }
    return y
  }

  /// Reads `line` at the left delay alone, and advances by a frame.
  @inlinable @inline(__always)
  public mutating func readLeft(_ line: SweptLine<L>) -> L {
    let y = line.read(DelayTap(delays.now.left))
    if delays.isMoving { delays.now.advance(by: delays.step) }
    return y
  }
}
