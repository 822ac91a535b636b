import DSP
import ModuleKit

/// Vibrato: modulates a delay of 10 ms, and thereby the pitch, by `depth` either way.
///
/// At slow rates that would need more than 10 ms of modulation, the depth is reduced.
struct Vibrato<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, rate, depth, mix

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .rate: .rate("Modulation rate", default: 5, reading: .grid)
      case .depth: .amount("Pitch deviation either way", default: 0.3, range: 0...2, unit: .semitones, reading: .grid)
      case .mix: .mix(default: 1)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The modulated input" : "The same as left" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "vibrato", .effects, "Vibrato", tail: 0.03,
      otherNames: OtherNames("pitch modulation, wobble, wow, flutter"))
  }

  private var line: SweptLine<L>
  private var sweep = StereoSweep<L>()

  init(_ setup: ModuleSetup) { line = setup.sweptLine(seconds: 0.022) }

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), mix = io.input(.mix)
    let left = io.output(.left), right = io.output(.right)
    var line = line, sweep = sweep
    for (frames, isOnGrid) in io.eachGridStretch {
      if isOnGrid || !sweep.delays.isSet {
        let rate = io.input(.rate)[frames.lowerBound]
        // The pitch bends by the slope of the delay: 2π · rate · swing.
        let bend = L.exp2(io.input(.depth)[frames.lowerBound] * (1 / 12)) - 1
        let swing = L.minimum(bend / (rate * 6.283_185), L(0.009_9))
        sweep.reachPoint(centre: L(0.01 * io.sampleRate), swing: swing * io.sampleRate, rate: rate * io.period)
      }
      for i in frames {
        let wet = sweep.readLeft(line)
        line.write(x[i])
        left[i] = L.fma(mix[i], wet - x[i], x[i])
        right[i] = left[i]
      }
    }
    self.line = line
    self.sweep = sweep
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Vibrato<Float>.self, Vibrato<Voices>.self) }
