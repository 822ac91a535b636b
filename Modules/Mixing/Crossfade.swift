import DSP
import ModuleKit

/// Crossfades two signals. `power` keeps the power of unrelated signals, `linear` the sum of equal ones.
struct Crossfade<L: Lane>: Module {
  enum In: Int, InputPort {
    case a, b, fade, law

    var spec: ParamSpec {
      switch self {
      case .a: .audio("First signal, at 0")
      case .b: .audio("Second signal, at 1")
      case .fade: .amount("Mix from a (0) to b (1)", default: 0.5, range: 0...1)
      case .law: .choice("Level law of the middle position", ["power", "linear"], default: "power")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The mixed signals" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "crossfade", .mixing, "Crossfade between two signals",
      otherNames: OtherNames(
        "fade, blend, XFade, mix between, morph, dry/wet", superCollider: "XFade2, LinXFade2, SelectX", vcv: "Fade"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let a = io.input(.a), b = io.input(.b), fade = io.input(.fade), out = io.output(.out)
    let isLinear = io.input(.law).value[lane: 0] == 1
    var gains = Self.gains(fade.value, isLinear)
    for i in 0..<io.frames {
      if !fade.isConstant { gains = Self.gains(fade[i], isLinear) }
      out[i] = L.fma(a[i], gains.a, b[i] * gains.b)
    }
  }

  @inline(__always)
  private static func gains(_ fade: L, _ isLinear: Bool) -> (a: L, b: L) {
    let rest = L(1) - fade
    return isLinear ? (rest, fade) : (L.sineOfHalfCycle(rest * 0.25), L.sineOfHalfCycle(fade * 0.25))
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Crossfade<Float>.self, Crossfade<Voices>.self) }
