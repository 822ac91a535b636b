import DSP
import ModuleKit

/// Samples the input on each trigger, and holds the value; `track` follows the input while the trigger is on.
struct SampleHold<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, trigger, track

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .trigger: .gate("Samples the input where it rises above 0.5")
      case .track: .toggle("Follow the input while the trigger is on")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The held value" }
  }
  static var about: ModuleAbout {
    // Between triggers it stands.
    ModuleAbout(
      "sample-hold", .noise, "Sample and hold", tail: nil, rate: .follows, rateInput: In.trigger.rawValue,
      otherNames: OtherNames(
        "S&H, sample and hold, track and hold, stepped random", superCollider: "Latch, Gate", pureData: "samphold~",
        vcv: "Sample & Hold", max: "sah~"))
  }

  private var held = L.zero
  private var wasOn = L.Bits(0)

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), trigger = io.input(.trigger), out = io.output(.out)
    // With tracking, every frame of the trigger is sampled.
    let blocking = L.Bits(io.input(.track).value[lane: 0] > 0.5 ? 0 : -1)
    for i in 0..<io.frames {
      let isOn = L.less(L(0.5), trigger[i])
      held = L.select(isOn & ((wasOn & blocking) ^ L.Bits(-1)), x[i], held)
      wasOn = isOn
      out[i] = held
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = {
  Registry.from($0).add(SampleHold<Float>.self, SampleHold<Voices>.self)
}
