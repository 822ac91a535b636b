import DSP
import ModuleKit

/// Tuner tap: `/tuner` with the node's id sends the pitch, as Hz and as a key, and its certainty.
///
/// The input passes through, so it fits anywhere in a chain; voices are summed, as at the output.
struct Tuner<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`
    var spec: ParamSpec { .audio("Input, passed through") }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The input, unchanged" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "tuner", .meters, "Tuner display (/tuner)", voicing: .sums,
      otherNames: OtherNames(
        "pitch detector, pitch tracker, tuning", superCollider: "Pitch, Tartini", pureData: "sigmund~, fiddle~",
        max: "retune~, fzero~"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) { io.pass(.in, to: .out) }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Tuner<Float>.self, Tuner<Voices>.self) }
