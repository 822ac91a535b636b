// [audio] One-shot envelopes: triggered, they run to their end.

/// Rises to 1, stays there, falls to 0; each stage is a whole number of frames.
///
/// The level depends only on the stage and on its progress, so that a time may change during its stage: the level
/// continues without a jump.
public struct OneShot<L: Lane>: BitwiseCopyable, Sendable {
  /// 0 idle, 1 rise, 2 stay, 3 fall.
  @usableFromInline var stage = L.Bits(0)
  /// Frames into the stage, and its length in frames.
  @usableFromInline var t = L.zero, length = L(1)
  /// The start level of the rise, and the last output level.
  @usableFromInline var start = L.zero, last = L.zero
  @usableFromInline var wasOn = L.Bits(0)

  @inlinable @inline(__always) public init() {}

  /// Returns whether every lane is at 0 and not triggered by `trigger`.
  @inlinable @inline(__always)
  public func isIdle(_ trigger: L) -> Bool {
    (L.Bits.less(L.Bits(0), stage) | (L.less(L(0.5), trigger) ^ wasOn)).signs == 0
  }

  /// Renders the level of one frame. Times in frames: of the rise, at the top, of the fall.
  @inlinable @inline(__always)
  public mutating func next(trigger: L, rise: L, stay: L, fall: L, isLinear: Bool) -> L {
    let isOn = L.less(L(0.5), trigger)
    let starts = isOn & (wasOn ^ L.Bits(-1))
    wasOn = isOn
    stage = L.Bits.select(starts, L.Bits(1), stage)
    start = L.select(starts, last, start)
    let now = frames(rise, stay, fall)
    // The progress of a stage is kept when its length changes.
    let isChanged = L.differ(now, length) & (starts ^ L.Bits(-1))
    if isChanged.signs != 0 { t = L.select(isChanged, t / length * now, t) }
    t = L.select(starts, .zero, t)
    length = now
    for _ in 0..<3 {
      let over = (L.less(t, length) ^ L.Bits(-1)) & L.Bits.less(L.Bits(0), stage)
      if over.signs == 0 { break }
      t = L.select(over, t - length, t)
      stage = L.Bits.select(over, (stage &+ L.Bits(1)) & L.Bits(3), stage)
      length = frames(rise, stay, fall)
    }
    let place = t / length
    let down = isLinear ? L(1) - place : Self.decay(place)
    let up = L.fma(L(1) - start, place, start)
    let isFalling = L.Bits.less(L.Bits(2), stage), isRising = L.Bits.less(stage, L.Bits(2))
    last = L.select(isFalling, down, L.select(isRising, up, L(1)))
    last = L.select(L.Bits.less(L.Bits(0), stage), last, .zero)
    t = L.select(L.Bits.less(L.Bits(0), stage), t + L(1), .zero)
    return last
  }

  @inlinable @inline(__always)
  func frames(_ rise: L, _ stay: L, _ fall: L) -> L {
    L.select(L.Bits.less(L.Bits(2), stage), fall, L.select(L.Bits.less(L.Bits(1), stage), stay, rise))
  }

  /// From 1 to 0 at place 1, as an exponential that falls by 60 dB, offset to end at 0.
  @inlinable @inline(__always)
  static func decay(_ place: L) -> L { L.fma(L.exp2(place * L(-9.965_784_3)), L(1 / 0.999), L(-0.001 / 0.999)) }

  /// Whole frames of a time in seconds.
  @inlinable @inline(__always)
  public static func frames(_ seconds: L, _ sampleRate: Float) -> L {
    L.floor(L.fma(seconds, L(sampleRate), L(0.5)))
  }
}
