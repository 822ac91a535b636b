import DSP
import ModuleKit

/// Percussive envelope: each trigger starts a short rise and a fall to 0, whatever its length.
///
/// The exponential fall passes −60 dB near its end and reaches 0 on time.
struct Decay<L: Lane>: Module {
  enum In: Int, InputPort {
    case trigger, attack, decay, curve

    var spec: ParamSpec {
      switch self {
      case .trigger: .gate("Starts where it rises above 0.5")
      case .attack: .time("Rise time from the present level to full level", default: 0.001, range: 0.0001...60)
      case .decay: .time("Fall time from full level to silence", default: 0.5, range: 0.0001...60)
      case .curve: .choice("Shape of the fall", ["linear", "exponential"], default: "exponential")
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
      "decay", .envelopes, "Percussive envelope", tail: 120,
      otherNames: OtherNames(
        "envelope, env, percussive envelope, AD envelope, drum envelope, ping",
        superCollider: "Decay, Decay2, EnvGen, Env.perc", pureData: "line~, vline~", max: "line~"))
  }

  private var shot = OneShot<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let trigger = io.input(.trigger), attack = io.input(.attack), decay = io.input(.decay)
    if trigger.isConstant && shot.isIdle(trigger.value) { return io.hold(.out, at: .zero) }
    let out = io.output(.out)
    let isLinear = io.input(.curve).value[lane: 0] == 0
    var shot = shot
    for i in 0..<io.frames {
      let rise = OneShot.frames(attack[i], io.sampleRate), fall = OneShot.frames(decay[i], io.sampleRate)
      out[i] = shot.next(trigger: trigger[i], rise: rise, stay: .zero, fall: fall, isLinear: isLinear)
    }
    self.shot = shot
  }
}

extension Decay: PackedModule where L == Float { typealias Eight = Decay<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Decay<Float>.self, Decay<Voices>.self) }
