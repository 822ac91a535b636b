import DSP
import ModuleKit

/// Steps through up to sixteen pitches, one per pulse of the clock.
///
/// Pitches are octaves from A4, as those of `notes`. `gate` is the clock's pulse where the step's gate is on: 1 plays,
/// 2 ties the step to the next, 0 is a rest; a rest keeps the last pitch. A step plays with its `chance`, else it is a
/// rest. A `ratchet` repeats it, evenly within the length of the step before.
struct Sequencer<L: Lane>: Module {
  enum In: Int, InputPort {
    case clock, reset, steps
    case pitch1, pitch2, pitch3, pitch4, pitch5, pitch6, pitch7, pitch8
    case pitch9, pitch10, pitch11, pitch12, pitch13, pitch14, pitch15, pitch16
    case gate1, gate2, gate3, gate4, gate5, gate6, gate7, gate8
    case gate9, gate10, gate11, gate12, gate13, gate14, gate15, gate16
    case chance1, chance2, chance3, chance4, chance5, chance6, chance7, chance8
    case chance9, chance10, chance11, chance12, chance13, chance14, chance15, chance16
    case ratchet1, ratchet2, ratchet3, ratchet4, ratchet5, ratchet6, ratchet7, ratchet8
    case ratchet9, ratchet10, ratchet11, ratchet12, ratchet13, ratchet14, ratchet15, ratchet16

    /// The input of a step among those that begin with `first`.
    static func of(_ first: In, step: Int) -> In? { In(rawValue: first.rawValue + step) }
    static var most: Int { 16 }
    var spec: ParamSpec {
      switch self {
      case .clock: .gate("Each pulse is a step")
      case .reset: .gate("A rise above 0.5 makes the next step the first")
      case .steps: .count("Number of steps before the pattern repeats", default: 8, range: 1...Self.most)
      case let port where port.rawValue < In.gate1.rawValue:
        .amount(
          "Pitch of step \(number(from: .pitch1)): octaves from A4, or a note name such as C4", default: 0,
          range: -10...10, unit: .octaves,
          smoothing: .none)
      case let port where port.rawValue < In.chance1.rawValue:
        .count("Step \(number(from: .gate1)): rest 0, play 1, tie 2", default: 1, range: 0...2)
      case let port where port.rawValue < In.ratchet1.rawValue:
        .amount("Probability of step \(number(from: .chance1))", default: 1, range: 0...1, smoothing: .none)
      default: .count("Repeats of step \(number(from: .ratchet1))", default: 1, range: 1...8)
      }
    }

    private func number(from first: In) -> Int { rawValue - first.rawValue + 1 }
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
  static var about: ModuleAbout {
    ModuleAbout(
      "sequencer", .timing, "Sixteen steps of pitches and gates", tail: nil,
      otherNames: OtherNames(
        "step sequencer, seq, pattern, arpeggio, arpeggiator, steps, melody, riff",
        superCollider: "Demand, Dseq, Pseq, Select", pureData: "tabread, counter", vcv: "SEQ 3",
        max: "live.step, counter, coll"))
  }

  /// The present step.
  private struct Step: BitwiseCopyable {
    var pitch = L.zero, gate = L.zero, ratchet = L(1)
    /// Frames since its start, and the length of the step before; 0 until there is one.
    var age = L.zero, length = L.zero

    /// The clock's pulse, or the pulses of a ratchet: each is on for the first half of its share.
    @inline(__always)
    func pulse(_ isOn: L.Bits) -> L.Bits {
      let repeats = L.less(L(1.5), ratchet) & L.less(L(0.5), length)
      if repeats.signs == 0 { return isOn }
      let place = (age + L(0.5)) * ratchet / L.maximum(length, L(1))
      let inFirstHalf = L.less(place - L.floor(place), L(0.5)) & L.less(place, ratchet)
      return L.Bits.select(repeats, inFirstHalf, isOn)
    }
  }
  private var counter = StepCounter<L>()
  private var now = Step()
  private var wasStepping = L.zero
  private var random: Random<L>

  init(_ setup: ModuleSetup) { random = Random(setup.randomBits(of: L.self)) }

  mutating func process(_ io: ModuleIO<Self>) {
    let clock = io.input(.clock), reset = io.input(.reset)
    let pitches = io.output(.pitch), gates = io.output(.gate), steps = io.output(.step)
    let count = L(io.input(.steps).value[lane: 0])
    var counter = counter, now = now
    for i in 0..<io.frames {
      counter.advance(clock: clock[i], reset: reset[i], count: count)
      now.age += L(1)
      if counter.begins.signs != 0 { readSteps(&now, io, counter, at: i) }
      pitches[i] = now.pitch
      // A tie holds through the pause between two pulses.
      let sounds = L.less(L(1.5), now.gate) | (now.pulse(counter.isOn) & L.less(L(0.5), now.gate))
      gates[i] = L.select(sounds, L(1), .zero)
      steps[i] = L.maximum(counter.place, .zero)
    }
    self.counter = counter
    self.now = now
  }

  /// Reads the values of the lanes that begin a step.
  private mutating func readSteps(_ now: inout Step, _ io: ModuleIO<Self>, _ counter: StepCounter<L>, at i: Int) {
    random.next(in: counter.begins)
    forEachLane(counter.begins.signs) { lane in
      let step = Int(counter.place[lane: lane])
      guard let gates = In.of(.gate1, step: step), let pitches = In.of(.pitch1, step: step),
        let chances = In.of(.chance1, step: step), let ratchets = In.of(.ratchet1, step: step)
      else { return }
      let isIn = random.value[lane: lane] * 0.5 + 0.5 < io.input(chances)[i][lane: lane]
      now.gate[lane: lane] = isIn ? io.input(gates)[i][lane: lane] : 0
      now.ratchet[lane: lane] = io.input(ratchets)[i][lane: lane]
      if now.gate[lane: lane] > 0.5 { now.pitch[lane: lane] = io.input(pitches)[i][lane: lane] }
      // The time before the first pulse is not a step.
      now.length[lane: lane] = wasStepping[lane: lane] > 0.5 ? now.age[lane: lane] : 0
      wasStepping[lane: lane] = 1
      now.age[lane: lane] = 0
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Sequencer<Float>.self, Sequencer<Voices>.self) }
