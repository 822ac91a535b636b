import DSP
import ModuleKit

/// Chorus: mixes the input with copies whose delay of 12 ms is modulated by a sine of up to ±10 ms.
///
/// The right copy is a quarter of a cycle ahead, which widens the stereo image. DC is not fed back.
/// - Source: J. Dattorro, "Effect design, part 2: delay-line modulation and chorus" (1997).
struct Chorus<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, rate, depth, feedback, mix

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .rate: .rate("Rate of the sweep", default: 0.5, reading: .grid)
      case .depth: .amount("Depth of the sweep", default: 0.3, range: 0...1, reading: .grid)
      case .feedback: .amount("Feedback", default: 0, range: -0.95...0.95)
      case .mix: .mix(default: 0.5)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "Input and detuned copies, left" : "Input and detuned copies, right" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "chorus", .effects, "Detuned copies: stereo chorus", tail: 5,
      otherNames: OtherNames("ensemble, detune, doubler, thickener, modulation effect", vcv: "Chorus"))
  }

  private var line: SweptLine<L>
  private var sweep = StereoSweep<L>()
  private var blocker = OffsetBlocker<L>()

  init(_ setup: ModuleSetup) { line = setup.sweptLine(seconds: 0.024) }

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), feedback = io.input(.feedback), mix = io.input(.mix)
    let left = io.output(.left), right = io.output(.right)
    var line = line, sweep = sweep, blocker = blocker
    for (frames, isOnGrid) in io.eachGridStretch {
      if isOnGrid || !sweep.delays.isSet {
        sweep.reachPoint(
          centre: L(0.012 * io.sampleRate), swing: io.input(.depth)[frames.lowerBound] * (0.01 * io.sampleRate),
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
private let registration: ModuleRegistration = { Registry.from($0).add(Chorus<Float>.self, Chorus<Voices>.self) }
