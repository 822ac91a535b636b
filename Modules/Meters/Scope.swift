import DSP
import ModuleKit

/// Oscilloscope tap: `/scope` with the node's id sends its samples, from a rise through 0 on.
///
/// The input passes through, so it fits anywhere in a chain; voices are summed, as at the output.
struct Scope<L: Lane>: Module {
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
      "scope", .meters, "Waveform display (/scope)", voicing: .sums,
      otherNames: OtherNames(
        "oscilloscope, waveform display", superCollider: "Stethoscope, ScopeOut", pureData: "tabwrite~", vcv: "Scope",
        max: "scope~"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) { io.pass(.in, to: .out) }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Scope<Float>.self, Scope<Voices>.self) }
