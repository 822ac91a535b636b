import DSP
import ModuleKit

/// Steps through up to sixteen pitches, one a pulse of the clock.
///
/// Pitches are octaves from A4, as those of `notes`. `gate` is the clock's pulse where the step's gate is on:
/// 1 plays, 2 ties the step to the next, 0 rests; a rest keeps the last pitch.
struct Sequencer<L: Lane>: Module {
  enum In: Int, InputPort {
    case clock, reset, steps
    case pitch1, pitch2, pitch3, pitch4, pitch5, pitch6, pitch7, pitch8
    case pitch9, pitch10, pitch11, pitch12, pitch13, pitch14, pitch15, pitch16
    case gate1, gate2, gate3, gate4, gate5, gate6, gate7, gate8
    case gate9, gate10, gate11, gate12, gate13, gate14, gate15, gate16

    static var most: Int { 16 }
    var spec: ParamSpec {
      switch self {
      case .clock: .gate("Each pulse is a step")
      case .reset: .gate("The next step is the first where this rises above 0.5")
      case .steps: .count("Steps before the first comes again", default: 8, range: 1...Self.most)
      default:
        rawValue < In.gate1.rawValue
          ? .amount(
            "Pitch of step \(rawValue - In.pitch1.rawValue + 1) from A4", default: 0, range: -10...10, unit: .octaves,
            smoothing: .none)
          : .count("Step \(rawValue - In.gate1.rawValue + 1): rest 0, play 1, tie 2", default: 1, range: 0...2)
      }
    }
  }
  enum Out: Int, OutputPort {
    case pitch, gate, step
    var summary: String {
      switch self {
      case .pitch: "Pitch of the step, octaves from A4"
      case .gate: "1 while the step sounds"
      case .step: "The number of the step, from 0"
      }
    }
  }
  static var about: ModuleAbout { ModuleAbout("sequencer", .timing, "Sixteen steps of pitches and gates", tail: nil) }

  private var counter = StepCounter<L>()
  private var pitch = L.zero, gate = L.zero

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let clock = io.input(.clock), reset = io.input(.reset)
    let pitches = io.output(.pitch), gates = io.output(.gate), steps = io.output(.step)
    let count = L(io.input(.steps).value[lane: 0])
    var counter = counter
    for i in 0..<io.frames {
      counter.advance(clock: clock[i], reset: reset[i], count: count)
      if counter.begins.signs != 0 { take(io, counter, at: i) }
      pitches[i] = pitch
      // A tie holds through the pause between two pulses.
      let sounds = L.less(L(1.5), gate) | (counter.isOn & L.less(L(0.5), gate))
      gates[i] = L.select(sounds, L(1), .zero)
      steps[i] = L.maximum(counter.place, .zero)
    }
    self.counter = counter
  }

  /// Takes the values of the lanes that begin a step.
  private mutating func take(_ io: ModuleIO<Self>, _ counter: StepCounter<L>, at i: Int) {
    forEachLane(counter.begins.signs) { lane in
      let place = Int(counter.place[lane: lane])
      guard let gateInput = In(rawValue: In.gate1.rawValue + place),
        let pitchInput = In(rawValue: In.pitch1.rawValue + place)
      else { return }
      gate[lane: lane] = io.input(gateInput)[i][lane: lane]
      if gate[lane: lane] > 0.5 { pitch[lane: lane] = io.input(pitchInput)[i][lane: lane] }
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Sequencer<Float>.self, Sequencer<Voices>.self) }
