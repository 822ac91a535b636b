import DSP
import ModuleKit

/// The envelope of a note: rises to 1 while the gate is on, falls to the sustain level, and to 0 when the gate goes
/// off. A new gate rises from the present level.
///
/// `linear`: each segment takes its time, the release from any level. `exponential`: as a capacitor charges towards 1.3
/// and discharges towards a ten-thousandth below its target; decay and release times are those of a fall over the full
/// height.
///
/// Patched times and levels are read every 16 frames, and at gate edges.
/// - Source: N. Redmon, "Envelope generators" (EarLevel Engineering, 2013), for the overshooting targets.
struct Adsr<L: Lane>: Module {
  enum In: Int, InputPort {
    case gate, attack, decay, sustain, release, curve

    var spec: ParamSpec {
      switch self {
      case .gate: .gate("The note is held while above 0.5")
      case .attack: .attackTime()
      case .decay: .decayTime()
      case .sustain: .amount("Level while the note is held", default: 0.7, range: 0...1)
      case .release: .releaseTime()
      case .curve: .choice("Shape of the segments", ["linear", "exponential"], default: "exponential")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The envelope, 0 … 1" }
    var range: ClosedRange<Float>? { 0...1 }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "adsr", .envelopes, "Attack, decay, sustain, release", tail: 60,
      otherNames: OtherNames(
        "envelope, env, EG, envelope generator, contour, ADSR envelope", superCollider: "EnvGen, Env.adsr, Adsr",
        pureData: "adsr, line~, vline~", vcv: "ADSR, ADSR EG", max: "adsr~"))
  }

  private var envelope = TimedEnvelope<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let attack = io.input(.attack), decay = io.input(.decay), sustain = io.input(.sustain), release = io.input(.release)
    let isConstant = attack.isConstant && decay.isConstant && sustain.isConstant && release.isConstant
    io.play(&envelope, gate: .gate, to: .out, curve: io.input(.curve).value[lane: 0], isConstant: isConstant) {
      EnvelopeSettings(attack: attack[$0], decay: decay[$0], sustain: sustain[$0], release: release[$0])
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Adsr<Float>.self, Adsr<Voices>.self) }
