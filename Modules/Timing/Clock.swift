import DSP
import ModuleKit

/// Counts time in beats: a pulse at each step of a beat's division, the position in the step, the number of beats.
///
/// `pulse` is on for the first half of a step. `follow` selects the beats: those of the session (the tempo of `/clock`, of
/// the host's transport, of the MIDI clock or of a MIDI file, as `/clock/source` says), which scheduled commands share;
/// those of the MIDI clock input, 24 ticks per beat; those of the MIDI file that plays, with all its tempos; or its own, of
/// `bpm`, which the others ignore. While `run` is off the own clock is
/// stopped, and starts from the beginning when it is switched on; the others go on in silence.
struct Clock<L: Lane>: Module {
  enum In: Int, InputPort {
    case bpm, run, division, follow

    var spec: ParamSpec {
      switch self {
      case .bpm:
        ParamSpec(
          .float, "Own tempo in beats per minute", default: 120, range: 1...1_000, curve: .logarithmic,
          modulation: .octaves
        )
      case .run: ParamSpec(.bool, "Runs while above 0.5", default: 1, modulation: .gate)
      case .division: .count("Steps per beat", default: 4, range: 1...96)
      case .follow: .follow("Source of the tempo: its own, the MIDI clock input, the session, or a MIDI file")
      }
    }
  }
  enum Out: Int, OutputPort {
    case pulse, phase, beat
    var summary: String {
      switch self {
      case .pulse: "1 in the first half of each step, else 0"
      case .phase: "Position in the step, 0 … 1"
      case .beat: "Whole beats since the start: 0, 1, 2 …"
      }
    }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "clock", .timing, "Beats and their divisions", tail: nil,
      otherNames: OtherNames(
        "tempo, BPM, metronome, beats, metro, transport, sync, MIDI clock", superCollider: "Impulse, TempoClock",
        pureData: "metro", vcv: "Clock, LFO", max: "metro, transport, phasor~"))
  }

  private var phase = SlowPhase<L>()
  /// Steps into the beat, and beats.
  private var step = L.zero, beat = L.zero
  private var wasRunning = L.Bits(0)

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let session = io.midi.session.pointee
    switch io.input(.follow).value[lane: 0] {
    case 0: break
    case 2 where session.source == .transport: return follow(io, session)
    case 3: return follow(io, io.midi.file.pointee)
    default:
      let clock = io.midi.clock.pointee
      return follow(io, isRunning: clock.isRunning) { clock.beats(at: $0) }
    }
    let bpm = io.input(.bpm), run = io.input(.run)
    let pulse = io.output(.pulse), place = io.output(.phase), beats = io.output(.beat)
    let division = io.input(.division).value[lane: 0], speed = L(division * io.period / 60)
    for i in 0..<io.frames {
      let isRunning = L.less(L(0.5), run[i])
      let starts = isRunning & (wasRunning ^ L.Bits(-1))
      wasRunning = isRunning
      phase.reset(in: starts)
      step = L.select(starts, .zero, step)
      beat = L.select(starts, .zero, beat)
      let half = Phase<L>(bits: phase.bits).halfCycles
      let isLate = L.less(half, .zero)
      pulse[i] = L.select(isRunning & (isLate ^ L.Bits(-1)), L(1), .zero)
      place[i] = half + L.select(isLate, L(1), .zero)
      beats[i] = beat
      let before = phase.bits
      phase.advance(by: SlowPhase<L>.Step(L.select(isRunning, bpm[i] * speed, .zero)))
      // A step ends where the phase becomes positive.
      let ends = L.Bits.less(before, L.Bits(0)) & (L.Bits.less(phase.bits, L.Bits(0)) ^ L.Bits(-1))
      step = L.select(ends, step + L(1), step)
      let isBeat = L.less(step, L(division)) ^ L.Bits(-1)
      step = L.select(isBeat, .zero, step)
      beat = L.select(isBeat, beat + L(1), beat)
    }
  }

  /// Renders the beats of a clock that has a tempo.
  private mutating func follow(_ io: ModuleIO<Self>, _ clock: SessionClock) {
    // The frame nearest to a beat, as scheduled commands have it.
    let rate = Double(io.sampleRate), half = clock.beatsPerMinute / (120 * rate)
    follow(io, isRunning: clock.isRolling) { clock.beats(at: $0, rate) + half }
  }

  /// Renders the beats of another clock.
  @inline(__always)
  private mutating func follow(_ io: ModuleIO<Self>, isRunning: Bool, _ beat: (_ frame: Int) -> Double) {
    let run = io.input(.run), division = Double(io.input(.division).value[lane: 0])
    let pulse = io.output(.pulse), place = io.output(.phase), beats = io.output(.beat)
    for i in 0..<io.frames {
      let now = beat(io.frame + i), steps = now * division, inStep = steps - steps.rounded(.down)
      let isOn = isRunning && inStep < 0.5
      pulse[i] = L.select(L.less(L(0.5), run[i]), L(isOn ? 1 : 0), .zero)
      place[i] = L(Float(inStep))
      beats[i] = L(Float(now.rounded(.down)))
    }
    // Back to its own tempo: from the beginning.
    wasRunning = L.Bits(0)
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Clock<Float>.self, Clock<Voices>.self) }
