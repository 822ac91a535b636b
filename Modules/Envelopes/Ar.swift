import DSP
import ModuleKit

/// Attack-release envelope: rises to 1 and stays there while the gate is on, then falls to 0.
///
/// The shapes are those of `adsr`: a linear release takes its time from any level. Patched times are read every 16
/// frames, and at gate edges.
struct Ar<L: Lane>: Module {
  enum In: Int, InputPort {
    case gate, attack, release, curve

    var spec: ParamSpec {
      switch self {
      case .gate: .gate("Rises while above 0.5, falls below")
      case .attack: .attackTime()
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
      "ar", .envelopes, "Attack and release", tail: 60,
      otherNames: OtherNames(
        "envelope, env, attack release, AR envelope, gate smoother", superCollider: "EnvGen, Env.asr",
        pureData: "line~, vline~", vcv: "ADSR", max: "line~, adsr~"))
  }

  private var envelope = TimedEnvelope<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let attack = io.input(.attack), release = io.input(.release)
    let isConstant = attack.isConstant && release.isConstant
    io.play(&envelope, gate: .gate, to: .out, curve: io.input(.curve).value[lane: 0], isConstant: isConstant) {
      EnvelopeSettings(attack: attack[$0], decay: L(1), sustain: L(1), release: release[$0])
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Ar<Float>.self, Ar<Voices>.self) }
