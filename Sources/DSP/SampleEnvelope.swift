// [audio] The envelope of a sampler's zone.

/// A linear attack, a hold, an exponential decay to a level, an exponential release; times to −60 dB.
public struct SampleEnvelope<L: Lane>: BitwiseCopyable, Sendable {
  public var level = L(1)
  /// 0 attack, 1 hold, 2 decay.
  @usableFromInline var stage = L.Bits(0)
  @usableFromInline var rise = L(1), held = L.zero, fall = L(1), sustain = L(1), release = L.zero
  /// The level at which a release ends: −80 dB.
  @usableFromInline static var silence: L { L(1e-4) }

  @inlinable public init() {}

  /// Starts a lane.
  @inlinable
  public mutating func begin(_ lane: Int, _ zone: SampleZone, _ sampleRate: Float) {
    func factor(_ seconds: Float) -> Float { seconds > 0 ? Float.exp2(-9.965_784 / (seconds * sampleRate)) : 0 }
    level[lane: lane] = 0
    stage[lane: lane] = 0
    rise[lane: lane] = 1 / max(zone.attack * sampleRate, 1)
    held[lane: lane] = zone.hold * sampleRate
    fall[lane: lane] = factor(zone.decay)
    sustain[lane: lane] = zone.sustain
    release[lane: lane] = factor(zone.release)
  }

  /// The level of this frame; `ends` where a release has ended.
  @inlinable @inline(__always)
  public mutating func next(_ released: L.Bits) -> (level: L, ends: L.Bits) {
    let before = level
    let isRising = L.Bits.less(stage, L.Bits(1)), isDecaying = L.Bits.less(L.Bits(1), stage)
    let up = L.minimum(level + rise, L(1)), down = L.fma(fall, level - sustain, sustain)
    let played = L.select(isRising, up, L.select(isDecaying, down, level))
    level = L.select(released, level * release, played)
    held = L.select(L.Bits.less(L.Bits(0), stage), held - 1, held)
    let isOver = L.select(isRising, level, L.zero - held)
    let moves = (L.less(isOver, L.select(isRising, L(1), .zero)) ^ L.Bits(-1)) & (isDecaying ^ L.Bits(-1))
    stage = stage &+ (moves & L.Bits(1))
    // The last frame keeps its level: the sampler fades it.
    let ends = released & L.less(level, Self.silence)
    return (L.select(ends, before, level), ends)
  }
}
