import DSP
import ModuleKit

/// Routes each pulse at random: to `out` with `probability`, otherwise to `rest`.
/// - Source: named after Bernoulli trials in modular synthesizers; each pulse is decided where it rises.
struct RandomGate<L: Lane>: Module {
  enum In: Int, InputPort {
    case gate, probability, seed

    var spec: ParamSpec {
      switch self {
      case .gate: .gate("The pulses")
      case .probability: .amount("From never (0) to always (1)", default: 0.5, range: 0...1, smoothing: .none)
      case .seed: .seed()
      }
    }
  }
  enum Out: Int, OutputPort {
    case out, rest
    var summary: String { self == .out ? "The pulses that pass" : "The other pulses" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "random-gate", .timing, "Passes pulses at random", tail: nil,
      otherNames: OtherNames(
        "Bernoulli gate, chance, probability, coin toss, random trigger", superCollider: "CoinGate, TRand",
        pureData: "random, moses", vcv: "Random", max: "decide, random"))
  }

  private var random: Random<L>
  private var sequence: RandomSequence<L>
  private var wasOn = L.Bits(0), passes = L.Bits(0)

  init(_ setup: ModuleSetup) {
    sequence = RandomSequence(setup)
    random = sequence.start
  }

  mutating func process(_ io: ModuleIO<Self>) {
    let gate = io.input(.gate), probability = io.input(.probability)
    sequence.follow(io.input(.seed).value, &random)
    let out = io.output(.out), rest = io.output(.rest)
    for i in 0..<io.frames {
      let isOn = L.less(L(0.5), gate[i])
      let rises = isOn & (wasOn ^ L.Bits(-1))
      wasOn = isOn
      if rises.signs != 0 {
        random.next(in: rises)
        passes = L.Bits.select(rises, L.less(L.fma(random.value, L(0.5), L(0.5)), probability[i]), passes)
      }
      out[i] = L.select(isOn & passes, L(1), .zero)
      rest[i] = L.select(isOn & (passes ^ L.Bits(-1)), L(1), .zero)
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = {
  Registry.from($0).add(RandomGate<Float>.self, RandomGate<Voices>.self)
}
