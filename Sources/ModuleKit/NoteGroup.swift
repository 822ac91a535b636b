// [audio] The notes of eight voices, as a module that takes notes sees them.
import DSP

/// What eight voices play. Written between blocks by whoever deals out the notes, read by the kernels.
public struct NoteGroup: BitwiseCopyable, Sendable {
  /// 1 while the voice's note is held.
  public var gate = Voices(0)
  /// Octaves from A4 (key 69), glide included, bend not.
  public var pitch = Slide()
  /// Octaves.
  public var bend = Slide()
  public var velocity = Slide()
  public var pressure = Slide()
  /// The third way of a finger on a key, 0 … 1, at rest in the middle.
  public var timbre = Slide(at: 0.5)
  /// How loud each voice is in sums: 0 for an idle voice, fading while a voice is taken from its note.
  public var weight = Slide()
  /// The largest magnitude that each voice has sent into sums since it was last asked.
  public var peak = Voices(0)
  /// Tells the note that each voice has begun last from every other; 0: none yet.
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
  /// The first of eight voices, or all of them: what one kernel of this width renders.
  @inlinable @inline(__always) public init(ofVoices voices: Voices) {
    self = withUnsafeBytes(of: voices) { $0.load(as: Self.self) }
  }
}

/// The settings of a module that takes notes; the engine reads them where notes are dealt out.
public enum NoteInput: Int, InputPort {
  case channel, glide, mode, low, high, concert, bend, mpe

  public var spec: ParamSpec {
    switch self {
    case .channel: .count("The MIDI channel that is heard; 0: all", default: 0, range: 0...16)
    case .glide:
      ParamSpec(
        .float, "Time from the last pitch to the next", default: 0, range: 0...10, unit: .seconds, modulation: .none)
    case .mode:
      .choice(
        "A voice a note, or one for the last, lowest or highest; legato: tied notes go on",
        NoteMode.allCases.map { "\($0)" }, default: "\(NoteMode.poly)")
    case .low: .count("The lowest key that is heard", default: 0, range: 0...127)
    case .high: .count("The highest key that is heard", default: 127, range: 0...127)
    case .concert:
      ParamSpec(
        .float, "Concert pitch: the A above middle C, for notes that are yet to come", default: 440, range: 220...880,
        unit: .hertz, modulation: .none)
    case .bend:
      ParamSpec(
        .float, "How far a whole turn of the pitch wheel bends, unless MIDI says so (RPN 0)", default: 2,
        range: 0...96, unit: .semitones, modulation: .none)
    case .mpe:
      .choice(
        "Channels that are notes of one player: as MIDI says (RPN 6), never, or 15 of them from the start",
        MpeMode.allCases.map { "\($0)" }, default: "\(MpeMode.auto)")
    }
  }
}

/// How notes share voices.
public enum NoteMode: Int, CaseIterable, Sendable {
  case poly, last, low, high, legato
}

/// Which channels belong to one player, a channel a note (MIDI Polyphonic Expression).
public enum MpeMode: Int, CaseIterable, Sendable {
  /// The zones that the sender has announced; none before.
  case auto
  case off
  /// Channel 1 speaks for the notes of channels 2 … 16; channel 16 for those of 15 … 1.
  case lower, upper
}
