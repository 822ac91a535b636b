import DSP
import ModuleKit

/// A linear envelope of fixed length: each trigger starts a rise, a stay at 1 and a fall.
struct Linen<L: Lane>: Module {
  enum In: Int, InputPort {
    case trigger, attack, hold, release

    var spec: ParamSpec {
      switch self {
      case .trigger: .gate("Starts where it rises above 0.5")
      case .attack: .time("Rise time from the present level to full level", default: 0.1, range: 0.0001...60)
      case .hold: .time("Hold time at full level", default: 0.1, range: 0.0001...60)
      case .release: .time("Fall time from full level to silence", default: 0.1, range: 0.0001...60)
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
      "linen", .envelopes, "Trapezoid envelope: rise, hold and fall at each trigger", tail: 180,
      otherNames: OtherNames(
        "envelope, env, trapezoid envelope, one-shot envelope", superCollider: "Linen, Env.linen", pureData: "vline~",
        max: "line~"))
  }

  private var shot = OneShot<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let trigger = io.input(.trigger), attack = io.input(.attack), hold = io.input(.hold)
    let release = io.input(.release), rate = io.sampleRate
    if trigger.isConstant && shot.isIdle(trigger.value) { return io.hold(.out, at: .zero) }
    let out = io.output(.out)
    var shot = shot
    for i in 0..<io.frames {
      out[i] = shot.next(
        trigger: trigger[i], rise: OneShot.frames(attack[i], rate), stay: OneShot.frames(hold[i], rate),
        fall: OneShot.frames(release[i], rate), isLinear: true)
    }
    self.shot = shot
  }
}

extension Linen: PackedModule where L == Float { typealias Eight = Linen<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Linen<Float>.self, Linen<Voices>.self) }
