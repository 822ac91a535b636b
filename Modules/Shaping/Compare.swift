import DSP
import ModuleKit

/// A gate from a signal: on above the threshold, off below it.
///
/// With hysteresis it switches on at threshold + ½ hysteresis and off at threshold − ½ hysteresis, so that a noisy
/// signal does not chatter.
struct Compare<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, threshold, hysteresis

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .threshold: .amount("Threshold", default: 0, range: -1_000_000...1_000_000)
      case .hysteresis: .amount("Distance between the on and off thresholds", default: 0, range: 0...1_000)
      }
    }
  }
  enum Out: Int, OutputPort {
    case above, below
    var summary: String { self == .above ? "1 above the threshold, 0 below" : "0 above the threshold, 1 below" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "compare", .shaping, "Gate from a signal", tail: nil,
      otherNames: OtherNames(
        "comparator, gate, trigger, threshold, schmitt", superCollider: "Schmidt, Trig", pureData: ">~, threshold~",
        vcv: "Compare", max: ">~, thresh~"))
  }

  private var isAbove = L.Bits(0)

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), threshold = io.input(.threshold), hysteresis = io.input(.hysteresis)
    let above = io.output(.above), below = io.output(.below)
    var isAbove = isAbove
    for i in 0..<io.frames {
      let half = hysteresis[i] * 0.5
      let level = threshold[i] + L.select(isAbove, -half, half)
      isAbove = L.less(level, x[i])
      above[i] = L.select(isAbove, L(1), .zero)
      below[i] = L.select(isAbove, .zero, L(1))
    }
    self.isAbove = isAbove
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Compare<Float>.self, Compare<Voices>.self) }
