// [audio] Delay line: a ring buffer of frames, read at whole and at fractional delays.

/// The last `capacity` frames of a signal. A reset costs nothing: frames not written since read 0.
///
/// It does not own the memory: modules get a line from `ModuleSetup.delayLine`.
public struct DelayLine<L: Lane>: BitwiseCopyable {
  @usableFromInline let memory: UnsafeMutablePointer<L>
  public let capacity: Int
  @usableFromInline var head = 0
  @usableFromInline var filled = 0

  public init(memory: UnsafeMutablePointer<L>, capacity: Int) {
    self.memory = memory
    self.capacity = capacity
  }

  @inlinable @inline(__always)
  public mutating func write(_ x: L) {
    memory[head] = x
    head = head + 1 == capacity ? 0 : head + 1
    filled = min(filled + 1, capacity)
  }

  /// The frame written `back` writes ago: 1 (the last) … `capacity`.
  @inlinable @inline(__always)
  public func read(back: Int) -> L { back > filled ? .zero : memory[place(back)] }

  /// Adds to the frame written `back` writes ago, if there is one.
  @inlinable @inline(__always)
  public mutating func add(_ x: L, back: Int) {
    if back <= filled { memory[place(back)] += x }
  }

  /// The value `tap` frames ago, with cubic interpolation; the last written frame is 1 ago.
  @inlinable @inline(__always)
  public func read(_ tap: DelayTap<L>) -> L {
    if tap.isUniform {
      let back = Int(tap.frames[lane: 0])
      let near = L.fma(tap.weights.0, read(back: back - 1), tap.weights.1 * read(back: back))
      return L.fma(tap.weights.3, read(back: back + 2), L.fma(tap.weights.2, read(back: back + 1), near))
    }
    let near = L.fma(
      tap.weights.0, read(back: tap.frames &- L.Bits(1)), tap.weights.1 * read(back: tap.frames))
    return L.fma(
      tap.weights.3, read(back: tap.frames &+ L.Bits(2)),
      L.fma(tap.weights.2, read(back: tap.frames &+ L.Bits(1)), near))
  }

  /// As `read(back:)`, with a delay per lane.
  @inlinable @inline(__always)
  func read(back: L.Bits) -> L {
    let place = L.Bits(Int32(truncatingIfNeeded: head)) &- back
    let wrapped = place &+ (L.Bits.less(place, L.Bits(0)) & L.Bits(Int32(truncatingIfNeeded: capacity)))
    let isThere = L.Bits.less(L.Bits(0), back) & L.Bits.less(back, L.Bits(Int32(truncatingIfNeeded: filled &+ 1)))
    return L.select(isThere, L.gather(memory, wrapped & isThere), .zero)
  }

  @inlinable @inline(__always)
  func place(_ back: Int) -> Int { head >= back ? head - back : head - back + capacity }
}

/// A read position: a whole number of frames and the weights of the four points around.
public struct DelayTap<L: Lane>: BitwiseCopyable, Sendable {
  @usableFromInline let frames: L.Bits
  @usableFromInline let weights: (L, L, L, L)
  /// True if all lanes read the same frames: then a read is four vectors.
  @usableFromInline let isUniform: Bool

  /// The shortest delay, in frames.
  public static var least: Float { 2 }

  /// - Parameter delay: frames, clamped to `least` and more; a line of `capacity` allows up to `capacity` − 2.
  /// - Source: the four-point Lagrange interpolator; T. I. Laakso et al., "Splitting the unit delay" (1996).
  @inlinable @inline(__always)
  public init(_ delay: L) {
    let held = L.maximum(delay, L(Self.least))
    let whole = L.floor(held)
    let f = held - whole
    frames = L.truncated(whole)
    let a = f + L(1), b = f - L(1), c = f - L(2)
    let bc = b * c, af = a * f
    weights = (f * bc * L(-1 / 6), a * bc * L(0.5), af * c * L(-0.5), af * b * L(1 / 6))
    isUniform = L.count == 1 || L.differ(whole, L(whole[lane: 0])).signs == 0
  }
}

/// A click-free movable tap: it follows a delay that moves slower than one frame per frame, and is crossfaded where the
/// delay jumps.
///
/// During a crossfade both read positions follow the delay, so that both have its pitch. A jump meanwhile leaves them
/// where they are; the next crossfade begins after this one.
public struct GlidingTap<L: Lane>: BitwiseCopyable, Sendable {
  /// The last delay, in frames; negative: not set yet.
  @usableFromInline var delay = L(-1)
  /// Distances of the read position, and of the one that fades in, from the delay; frames.
  @usableFromInline var offset = L.zero, next = L.zero
  /// Weight of `next`: above 0 while a crossfade runs, below 0 where the next one is due.
  @usableFromInline var fade = L.zero
  @usableFromInline var tap = DelayTap(L.zero)

  @inlinable @inline(__always) public init() {}

  /// - Parameters:
  ///   - target: frames, at least `DelayTap.least`.
  ///   - fadeStep: progress of a crossfade per frame, of 1.
  @inlinable @inline(__always)
  public mutating func read(_ line: DelayLine<L>, at target: L, fadeStep: L) -> L {
    if (L.differ(target, delay) | L.differ(fade, .zero)).signs != 0 { return move(line, to: target, fadeStep) }
    return line.read(tap)
  }

  @inlinable @inline(__always)
  mutating func move(_ line: DelayLine<L>, to target: L, _ fadeStep: L) -> L {
    let moved = L.select(L.less(delay, .zero), .zero, target - delay)
    let jump = L.select(L.less(L.magnitude(moved), L(1)), .zero, moved)
    delay = target
    tap = DelayTap(target)
    let isFading = L.less(.zero, fade)
    offset -= jump
    next = L.select(isFading, next - jump, .zero)
    let fades = isFading | L.differ(offset, .zero)
    fade = L.select(isFading, fade, .zero) + L.select(fades, fadeStep, .zero)
    if fades.signs == 0 { return line.read(tap) }
    let longest = L(Float(line.capacity &- 3))
    let heard = line.read(DelayTap(L.minimum(target + offset, longest))), share = L.minimum(fade, L(1))
    let y = L.fma(share, line.read(DelayTap(L.minimum(target + next, longest))) - heard, heard)
    let isOver = L.less(L(1), fade + fadeStep)
    offset = L.select(isOver, next, offset)
    fade = L.select(isOver, L.select(L.differ(next, .zero), L(-1), .zero), fade)
    return y
  }
}
