import DSP
import ModuleKit

/// Flanger: mixes the input with a copy delayed by 0.5 to 10 ms; a sine moves the teeth of that comb.
///
/// `depth` widens the sweep upwards from 0.5 ms; `feedback` sharpens the teeth. The right side is a
/// quarter of a cycle ahead. DC is not fed back.
/// - Source: J. Dattorro, "Effect design, part 2: delay-line modulation and chorus" (1997).
struct Flanger<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, rate, depth, feedback, mix

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .rate: .rate("Rate of the sweep", default: 0.2, reading: .grid)
      case .depth: .amount("Depth of the sweep", default: 0.5, range: 0...1, reading: .grid)
      case .feedback: .amount("Feedback", default: 0.5, range: -0.95...0.95)
      case .mix: .mix(default: 0.5)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "Input and swept copy, left" : "Input and swept copy, right" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "flanger", .effects, "Swept comb filter", tail: 3,
      otherNames: OtherNames("jet, flange, swept comb, modulation effect"))
  }

  private var line: SweptLine<L>
  private var sweep = StereoSweep<L>()
  private var blocker = OffsetBlocker<L>()

  init(_ setup: ModuleSetup) { line = setup.sweptLine(seconds: 0.012) }

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), feedback = io.input(.feedback), mix = io.input(.mix)
    let left = io.output(.left), right = io.output(.right)
    var line = line, sweep = sweep, blocker = blocker
    for (frames, isOnGrid) in io.eachGridStretch {
      if isOnGrid || !sweep.delays.isSet {
        let depth = io.input(.depth)[frames.lowerBound]
        sweep.reachPoint(
          centre: (depth * 0.004_75 + 0.000_5) * io.sampleRate, swing: depth * (0.004_75 * io.sampleRate),
          rate: io.input(.rate)[frames.lowerBound] * io.period)
      }
      io.mix(x, through: &line, &sweep, &blocker, frames, feedback: feedback, mix: mix, left: left, right: right)
    }
    self.line = line
    self.sweep = sweep
    self.blocker = blocker
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Flanger<Float>.self, Flanger<Voices>.self) }
