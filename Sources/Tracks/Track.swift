/// A session of minutes or hours: steps with voices, crossfaded one into the next, over background noise and clips.
public struct Track: Equatable, Sendable {
  /// Hz.
  public var sampleRate = 44_100.0
  /// Length of the crossfade between steps, seconds.
  public var crossfade = 1.0
  public var crossfadeLaw = CrossfadeLaw.linear
  /// True if a step that fades in is brought into phase with the one that it follows.
  public var alignsPhases = false
  /// The file that the editor of the track exports to.
  public var outputName = "generated_track.wav"
  public var steps: [TrackStep] = []
  public var noise: TrackNoise?
  public var clips: [TrackClip] = []

  public init() {}

  /// The sound files that its clips and voices name.
  public var soundPaths: [String] {
    clips.map(\.path) + steps.flatMap { $0.voices.flatMap(\.soundPaths) } + (noise?.voice?.soundPaths ?? [])
  }

  public enum CrossfadeLaw: String, CaseIterable, Sendable {
    case linear
    case equalPower = "equal_power"
  }

  /// Longest time in a track, seconds.
  public static let longest = 1e6
}

public struct TrackStep: Equatable, Sendable {
  /// Seconds; 0 or less: the step is skipped.
  public var duration: Double
  /// Seconds from the start of the track; nil: after the step before, overlapping by the crossfade.
  public var start: Double?
  public var description = ""
  public var voices: [TrackVoice] = []
  /// The number in its file, from 1.
  public var number: Int

  public init(duration: Double, start: Double? = nil, voices: [TrackVoice] = [], number: Int = 1) {
    (self.duration, self.start, self.voices, self.number) = (duration, start, voices, number)
  }
}

/// One sound of a step: a synth function with its parameters.
public struct TrackVoice: Equatable, Sendable {
  /// The name in the file, with or without `_transition`.
  public var name: String
  public var isTransition: Bool
  public var params: [String: TrackValue]
  public var envelope: VolumeEnvelope?
  public var description = ""

  public init(
    _ name: String, isTransition: Bool = false, params: [String: TrackValue] = [:], envelope: VolumeEnvelope? = nil
  ) {
    (self.name, self.isTransition, self.params, self.envelope) = (name, isTransition, params, envelope)
  }

  /// Equal sounds, whatever their envelopes and descriptions.
  func isSame(as other: TrackVoice) -> Bool {
    name == other.name && isTransition == other.isTransition && params == other.params
  }
}

/// A value of a voice's parameter.
public enum TrackValue: Equatable, Sendable {
  case number(Double)
  case bool(Bool)
  case text(String)
  case list([TrackValue])
}

/// The level of a voice over its step; times in seconds.
public enum VolumeEnvelope: Equatable, Sendable {
  case adsr(attack: Double, decay: Double, sustain: Double, release: Double)
  case linen(attack: Double, release: Double)
  /// From one level to another, which it keeps.
  case fade(seconds: Double, from: Double, to: Double)
}

/// Background noise over the whole track.
public struct TrackNoise: Equatable, Sendable {
  /// The file of its parameters, absolute; empty: they are in the track.
  public var path: String
  /// The synth function with its parameters.
  public var voice: TrackVoice?
  public var gain = 1.0
  /// Seconds.
  public var start = 0.0, fadeIn = 0.0, fadeOut = 0.0
  /// Times in seconds and gains; linear between them.
  public var envelope: [Point] = []

  public struct Point: Equatable, Sendable {
    public var time: Double
    public var gain: Double
    public init(time: Double, gain: Double) { (self.time, self.gain) = (time, gain) }
  }
}

/// A sound file over the steps.
public struct TrackClip: Equatable, Sendable {
  /// Absolute.
  public var path: String
  /// Seconds from the start of the track.
  public var start = 0.0
  /// A negative gain inverts.
  public var gain = 1.0
}
