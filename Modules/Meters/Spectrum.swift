import DSP
import ModuleKit

/// Spectrum tap: `/spectrum` with the node's id sends the levels of bands of equal octaves.
///
/// The input passes through, so it fits anywhere in a chain; voices are summed, as at the output.
struct Spectrum<L: Lane>: Module {
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
      "spectrum", .meters, "Spectrum display (/spectrum)", voicing: .sums,
      otherNames: OtherNames(
        "analyser, analyzer, spectrum analyser, FFT", superCollider: "FreqScope", pureData: "rfft~",
        max: "spectroscope~"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) { io.pass(.in, to: .out) }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Spectrum<Float>.self, Spectrum<Voices>.self) }
