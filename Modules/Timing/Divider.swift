import DSP
import ModuleKit

/// Passes every n-th pulse, at its full length, starting with the first; a reset starts again.
struct Divider<L: Lane>: Module {
  enum In: Int, InputPort {
    case clock, reset, divide

    var spec: ParamSpec {
      switch self {
      case .clock: .gate("The pulses")
      case .reset: .gate("A rise above 0.5 makes the next pulse the first")
      case .divide: .count("Number of pulses for one at the output", default: 2, range: 1...256)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Clock divider: every n-th pulse" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "divider", .timing, "Clock divider: every n-th pulse", tail: nil,
      otherNames: OtherNames(
        "clock divider, pulse divider, prescaler, counter", superCollider: "PulseDivider, PulseCount",
        pureData: "counter", vcv: "Gates", max: "counter"))
  }

  private var steps = StepCounter<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let clock = io.input(.clock), reset = io.input(.reset), out = io.output(.out)
    let count = L(io.input(.divide).value[lane: 0])
    var steps = steps
    for i in 0..<io.frames {
      steps.advance(clock: clock[i], reset: reset[i], count: count)
      out[i] = L.select(steps.isOn & L.less(L.magnitude(steps.place), L(0.5)), L(1), .zero)
    }
    self.steps = steps
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Divider<Float>.self, Divider<Voices>.self) }
