// [audio] The notes of eight voices, as a note module reads them.
import DSP

/// The notes of eight voices. Written between blocks by the voice allocator, read by the kernels.
public struct NoteGroup: BitwiseCopyable, Sendable {
  /// 1 while the voice's note is held.
  public var gate = Voices(0)
  /// Octaves from A4 (key 69), with glide, without bend.
  public var pitch = Slide()
  /// Octaves.
  public var bend = Slide()
  public var velocity = Slide()
  public var pressure = Slide()
  /// The third axis of a key (MPE), 0 … 1, in the middle when idle.
  public var timbre = Slide(at: 0.5)
  /// Gain of each voice in sums: 0 for an idle voice, fading while a voice is stolen.
  public var weight = Fade()
  /// Peak of each voice in sums since the last reset.
  public var peak = Voices(0)
  /// The number of each voice's last note, unique; 0: none yet.
  public var number = SIMD8<UInt32>(repeating: 0)
  /// The last note that each voice began from silence.
  public var fresh = SIMD8<UInt32>(repeating: 0)
  /// No voice of the group plays or sounds.
  public var isIdle = true

  public init() {}

  public mutating func advance(_ frames: Int) {
    pitch.advance(frames)
    bend.advance(frames)
    velocity.advance(frames)
    pressure.advance(frames)
    timbre.advance(frames)
    weight.advance(frames)
  }
}

extension Lane {
  /// The first of eight voices, or all of them, by the width of the kernel.
  @inlinable @inline(__always) public init(ofVoices voices: Voices) {
    self = withUnsafeBytes(of: voices) { $0.load(as: Self.self) }
  }
}

/// The settings of a note module; read by the voice allocator.
public enum NoteInput: Int, InputPort {
  case channel, glide, mode, low, high, concert, bend, mpe, glides

  public var spec: ParamSpec {
    switch self {
    case .channel: .count("MIDI channel; 0: all", default: 0, range: 0...16)
    case .glide:
      ParamSpec(
        .float, "Time from the last pitch to the next", default: 0, range: 0...10, unit: .seconds, modulation: .none)
    case .mode:
      .choice(
        "Polyphonic, or one voice: last, lowest or highest note; legato does not restart overlapping ones",
        NoteMode.allCases.map { "\($0)" }, default: "\(NoteMode.poly)")
    case .low: .count("Lowest key", default: 0, range: 0...127)
    case .high: .count("Highest key", default: 127, range: 0...127)
    case .concert:
      ParamSpec(
        .float, "Concert pitch: frequency of A4, for the notes that follow", default: 440, range: 220...880,
        unit: .hertz, modulation: .none)
    case .bend:
      ParamSpec(
        .float, "Pitch bend range, unless set by MIDI (RPN 0)", default: 2,
        range: 0...96, unit: .semitones, modulation: .none)
    case .mpe:
      .choice(
        "MPE zone: as set by MIDI (RPN 6), none, or the lower or upper zone with 15 channels",
        MpeMode.allCases.map { "\($0)" }, default: "\(MpeMode.auto)")
    case .glides:
      .choice("Notes that glide: all, or those that overlap the last one", ["all", "overlapping"], default: "all")
    }
  }
}

/// Sharing of voices among notes.
public enum NoteMode: Int, CaseIterable, Sendable {
  case poly, last, low, high, legato
}

/// MPE zone: the channels of one player, one per note (MIDI Polyphonic Expression).
public enum MpeMode: Int, CaseIterable, Sendable {
  /// The zones announced by the sender; none before.
  case auto
  case off
  /// Channel 1 is the master of channels 2 … 16; channel 16 that of 15 … 1.
  case lower, upper
}
