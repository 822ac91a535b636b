import DSP
import ModuleKit

/// Crackle: single frames at random times, `density` per second, each with a random height. Every node and voice has its
/// own; `shared` gives all voices one, equal seeds give nodes one.
struct Dust<L: Lane>: Module {
  enum In: Int, InputPort {
    case density, gain, bipolar, seed, shared

    var spec: ParamSpec {
      switch self {
      case .density:
        ParamSpec(
          .float, "Mean number of impulses per second", default: 20, range: 0.01...20_000, unit: .hertz,
          curve: .logarithmic,
          modulation: .octaves, smoothing: .exponential)
      case .gain: .gain()
      case .bipolar: .toggle("Negative impulses too")
      case .seed: .seed()
      case .shared: .shared()
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The impulses, 0 … gain or −gain … gain" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "dust", .noise, "Random impulses", tail: nil,
      otherNames: OtherNames(
        "random impulses, crackle, clicks, geiger, random trigger", superCollider: "Dust, Dust2, Crackle"))
  }

  static func isRandom(value: (In) -> Float) -> Bool { value(.shared) < 0.5 }

  private var random: Random<L>
  private var sequence: RandomSequence<L>

  init(_ setup: ModuleSetup) {
    sequence = RandomSequence(setup)
    random = sequence.start
  }

  mutating func process(_ io: ModuleIO<Self>) {
    let density = io.input(.density), gain = io.input(.gain), out = io.output(.out)
    let isBipolar = io.input(.bipolar).value[lane: 0] > 0.5
    let period = L(io.period)
    sequence.follow(io.input(.seed).value, &random)
    for i in 0..<io.frames {
      // A number within the share of frames with an impulse is also its height.
      let share = density[i] * period, x = random.next()
      let height = (isBipolar ? x : L.magnitude(x)) / share
      out[i] = L.select(L.less(L.magnitude(x), share), height * gain[i], .zero)
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Dust<Float>.self, Dust<Voices>.self) }
