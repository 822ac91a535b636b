import DSP
import ModuleKit

/// Two operators: a sine whose phase is modulated by another at `ratio` times its frequency.
///
/// `index` is the modulation in radians: sidebands spread up to about (index + 1) modulator frequencies on either side.
/// `feedback` lets the modulator modulate itself, up to a saw.
/// - Source: J. M. Chowning, "The synthesis of complex audio spectra by means of frequency modulation" (1973);
///   N. Tomisawa, US patent 4,249,447 (1981), for the averaged feedback.
struct Fm<L: Lane>: Module {
  enum In: Int, InputPort {
    case frequency, ratio, index, feedback, gain

    var spec: ParamSpec {
      switch self {
      case .frequency: .frequency("Pitch of the carrier")
      case .ratio:
        ParamSpec(
          .float, "The modulator's frequency against the carrier's", default: 2, range: 0.01...32, curve: .logarithmic,
          modulation: .octaves, smoothing: .exponential)
      case .index: .amount("Depth of the modulation in radians", default: 2, range: 0...50)
      case .feedback: .amount("Self-modulation of the modulator", default: 0, range: 0...1)
      case .gain: .gain()
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The carrier, −gain … gain" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "fm", .oscillators, "Two-operator frequency modulation", tail: nil,
      otherNames: OtherNames(
        "frequency modulation, DX7, two-operator, operator, phase modulation, PM, oscillator, osc, vco",
        superCollider: "PMOsc, SinOsc", pureData: "osc~, phasor~", vcv: "VCO", max: "cycle~"))
  }

  private var carrier = Phase<L>(), modulator = Phase<L>()
  // The modulator's last two frames.
  private var last = L.zero, earlier = L.zero

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let frequency = io.input(.frequency), ratio = io.input(.ratio), index = io.input(.index)
    let feedback = io.input(.feedback), gain = io.input(.gain), out = io.output(.out)
    let period = L(io.period)
    var carrier = carrier, modulator = modulator, last = last, earlier = earlier
    for i in 0..<io.frames {
      // The mean of two frames prevents oscillation at half the rate; ¼ cycle of it is a saw.
      let bend = (last + earlier) * feedback[i] * 0.125
      earlier = last
      last = L.sineOfHalfCycle(Phase<L>(bits: modulator.bits &+ Phase<L>.wrappedStep(bend)).halfCycles)
      let shift = Phase<L>.wrappedStep(last * index[i] * 0.159_154_94)
      out[i] = L.sineOfHalfCycle(Phase<L>(bits: carrier.bits &+ shift).halfCycles) * gain[i]
      let cycles = frequency[i] * period
      carrier.advance(by: Phase<L>.step(cycles))
      modulator.advance(by: Phase<L>.wrappedStep(cycles * ratio[i]))
    }
    self.carrier = carrier
    self.modulator = modulator
    self.last = last
    self.earlier = earlier
  }
}

extension Fm: PackedModule where L == Float { typealias Eight = Fm<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Fm<Float>.self, Fm<Voices>.self) }
