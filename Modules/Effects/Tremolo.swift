import DSP
import ModuleKit

/// Tremolo: a sine modulates the level, at `depth` 1 down to silence; `spread` shifts the phase of the right side.
struct Tremolo<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, rate, depth, spread

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .rate: .rate("Modulation rate", default: 5)
      case .depth: .amount("Depth from none (0) to silence at the minimum (1)", default: 0.5, range: 0...1)
      case .spread: .amount("Phase offset of the right side, in cycles", default: 0, range: 0...0.5, unit: .cycles)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The modulated input, left" : "The modulated input, right" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "tremolo", .effects, "Tremolo",
      otherNames: OtherNames("amplitude modulation, AM, throb, autopan, rotary", vcv: "VCA"))
  }

  private var phase = Phase<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), rate = io.input(.rate), depth = io.input(.depth), spread = io.input(.spread)
    let left = io.output(.left), right = io.output(.right)
    var phase = phase
    // The usual case: both sides alike, with constant parameters.
    let isEven = rate.isConstant && depth.isConstant && spread.isConstant && spread.value.isNothing
    if isEven && !x.isConstant {
      let step = Phase<L>.step(rate.value * io.period), dip = depth.value * 0.5, rest = L(1) - dip, samples = x.samples
      for i in 0..<io.frames {
        let sway = L.sineOfHalfCycle(Phase<L>(bits: phase.bits &+ L.Bits(1 << 30)).halfCycles)
        left[i] = samples[i] * L.fma(dip, sway, rest)
        phase.advance(by: step)
      }
      right.update(from: left, count: io.frames)
      self.phase = phase
      return
    }
    for i in 0..<io.frames {
      let place = phase.halfCycles
      let dip = depth[i] * 0.5
      // The cycle begins at full level.
      left[i] = x[i] * L.fma(dip, L.cosine(cycles: place) - 1, L(1))
      right[i] = x[i] * L.fma(dip, L.cosine(cycles: place - spread[i]) - 1, L(1))
      phase.advance(by: Phase<L>.step(rate[i] * io.period))
    }
    self.phase = phase
  }
}

extension Tremolo: PackedModule where L == Float { typealias Eight = Tremolo<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Tremolo<Float>.self, Tremolo<Voices>.self) }
