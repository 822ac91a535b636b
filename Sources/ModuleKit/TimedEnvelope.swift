// [audio] An envelope with the times of its parameters.
import DSP

/// The parameters of an envelope: times in seconds, and a level.
public struct EnvelopeSettings<L: Lane>: BitwiseCopyable, Sendable {
  public var attack: L
  public var decay: L
  public var sustain: L
  public var release: L

  @inlinable public init(attack: L, decay: L, sustain: L, release: L) {
    (self.attack, self.decay, self.sustain, self.release) = (attack, decay, sustain, release)
  }
}

/// An envelope that continues from its present level when its times change.
public struct TimedEnvelope<L: Lane>: BitwiseCopyable, Sendable {
  @usableFromInline var segment = EnvelopeSegment<L>()
  @usableFromInline var times = EnvelopeTimes<L>()
  // The settings of the present times; no attack is negative, so the first frame computes them.
  @usableFromInline var settings = EnvelopeSettings(attack: L(-1), decay: .zero, sustain: .zero, release: .zero)
  @usableFromInline var curve: Float = 0

  @inlinable public init() {}

  /// True before the first settings.
  @inlinable @inline(__always) var isNew: Bool { L.less(settings.attack, .zero).signs != 0 }

  /// Applies settings in some lanes, where they have changed.
  ///
  /// - Parameter curve: 0: linear; else exponential.
  @inlinable @inline(__always)
  mutating func apply(_ asked: EnvelopeSettings<L>, in lanes: L.Bits, curve: Float, sampleRate: Float) {
    let attack = L.select(lanes, asked.attack, settings.attack), decay = L.select(lanes, asked.decay, settings.decay)
    let sustain = L.select(lanes, asked.sustain, settings.sustain)
    let release = L.select(lanes, asked.release, settings.release)
    let changed =
      L.differ(attack, settings.attack) | L.differ(decay, settings.decay) | L.differ(sustain, settings.sustain)
      | L.differ(release, settings.release)
    guard changed.signs != 0 || curve != self.curve else { return }
    let adapted = curve == self.curve ? changed : L.Bits(-1)
    settings = EnvelopeSettings(attack: attack, decay: decay, sustain: sustain, release: release)
    self.curve = curve
    times = EnvelopeTimes(
      attack: attack, decay: decay, sustain: sustain, release: release, isLinear: curve == 0, sampleRate: sampleRate)
    segment.adapt(to: times, in: adapted)
  }
}
