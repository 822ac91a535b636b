import DSP
import ModuleKit

/// Scales a signal: by `gain`, which cables multiply, and by `db`, which they add to.
struct Gain<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, gain, db

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .gain: .gain("Gain as a factor", default: 1, upTo: 4)
      case .db: .amount("Additional gain in decibels", default: 0, range: -96...24, unit: .decibels)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "in · gain · 10^(db / 20)" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "gain", .mixing, "Amplifier", isPure: true, restsInSilence: true,
      otherNames: OtherNames(
        "amplifier, amp, vca, volume, level, attenuator, multiply, attenuverter, invert",
        superCollider: "BinaryOpUGen, MulAdd", pureData: "*~", vcv: "VCA, VCA-1", max: "*~, gain~"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), gain = io.input(.gain), db = io.input(.db)
    if db.isConstant {
      let factor = L.amplitude(decibels: db.value)
      if gain.isConstant {
        let total = gain.value * factor
        if x.isConstant { return io.hold(.out, at: x.value * total) }
        let out = io.output(.out)
        let samples = x.samples
        eachFrame(io.frames) { out[$0] = samples[$0] * total }
      } else {
        let out = io.output(.out)
        if x.isConstant {
          for i in 0..<io.frames { out[i] = x.value * (gain[i] * factor) }
        } else {
          let samples = x.samples, gains = gain.samples
          eachFrame(io.frames) { out[$0] = samples[$0] * (gains[$0] * factor) }
        }
      }
    } else {
      let out = io.output(.out)
      for i in 0..<io.frames { out[i] = x[i] * (gain[i] * L.amplitude(decibels: db[i])) }
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Gain<Float>.self, Gain<Voices>.self) }
