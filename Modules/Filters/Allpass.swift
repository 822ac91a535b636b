import DSP
import ModuleKit

/// Schroeder's all-pass: spreads a sound in time without changing the level of any frequency.
///
/// y = −g x + (x + g y) after the time.
/// - Source: M. R. Schroeder, "Natural sounding artificial reverberation" (1962).
struct Allpass<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, time, feedback

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .time: .time("Time between echoes", default: 0.02, range: 0.0005...0.5)
      case .feedback: .amount("Level of each echo relative to the one before", default: 0.5, range: -0.99...0.99)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The input with its echoes" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "allpass", .filters, "All-pass delay: echoes with a flat spectrum", tail: nil,
      otherNames: OtherNames(
        "all-pass, diffuser, dispersion, reverb building block", superCollider: "AllpassN, AllpassL, AllpassC",
        pureData: "rpole~, rzero~", max: "allpass~"))
  }

  private var line: DelayLine<L>
  private var reader = GlidingTap<L>()

  init(_ setup: ModuleSetup) { line = setup.delayLine(seconds: 0.5) }

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), time = io.input(.time), feedback = io.input(.feedback), out = io.output(.out)
    var line = line
    let rate = L(io.sampleRate), fadeStep = L(io.period * 50)
    for i in 0..<io.frames {
      let past = reader.read(line, at: L.maximum(time[i] * rate, L(DelayTap<L>.least)), fadeStep: fadeStep)
      let y = L.fnma(feedback[i], x[i], past)
      line.write(L.fma(feedback[i], y, x[i]))
      out[i] = y
    }
    self.line = line
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Allpass<Float>.self, Allpass<Voices>.self) }
