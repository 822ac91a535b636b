import DSP
import ModuleKit

/// A MIDI controller (wheel, knob, pedal) as a signal of 0 ... 1.
///
/// Before its first message it has MIDI's initial value: 0, but volume (7) 100/127, expression (11) 1, balance, pan (8,
/// 10) and the sound controllers (70 ... 79) 64/127. `smoothing` is the time constant in which it follows: steps of
/// seven bits would be audible.
struct Cc<L: Lane>: Module {
  enum In: Int, InputPort {
    case controller, channel, fine, smoothing

    var spec: ParamSpec {
      switch self {
      case .controller: .count("Number of the controller; 1 is the modulation wheel", default: 1, range: 0...119)
      case .channel: .count("MIDI channel; 0: all", default: 0, range: 0...16)
      case .fine: .toggle("Fourteen bits: controllers 32 … 63 hold the lower seven of 0 … 31")
      case .smoothing:
        ParamSpec(
          .float, "Time constant of the smoothing", default: 0.005, range: 0...10, unit: .seconds,
          modulation: .none)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Controller value, 0 … 1" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "cc", .notes, "MIDI controller as a signal", tail: nil,
      otherNames: OtherNames(
        "MIDI controller, control change, modulation wheel, mod wheel, expression pedal, MIDI CC",
        superCollider: "MIDIFunc.cc, MIDIdef.cc", pureData: "ctlin", vcv: "MIDI to CC, CC to CV", max: "ctlin"))
  }

  private var value: Float = 0
  private var isFresh = true

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let target = io.midi.controller(
      Int(io.input(.controller).value[lane: 0]), channel: Int(io.input(.channel).value[lane: 0]),
      isFine: io.input(.fine).value[lane: 0] > 0.5)
    let time = io.input(.smoothing).value[lane: 0] * io.sampleRate
    // A new node starts at its controller's value.
    if isFresh || time <= 0 || (target - value).magnitude < 1e-6 { value = target }
    isFresh = false
    guard value != target else { return io.hold(.out, at: L(value)) }
    // e^(−1/frames)
    let remaining = Float.exp2(-1.442_695_04 / time), out = io.output(.out)
    for i in 0..<io.frames {
      value = target + (value - target) * remaining
      out[i] = L(value)
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Cc<Float>.self, Cc<Voices>.self) }
