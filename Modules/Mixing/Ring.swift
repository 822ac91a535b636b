import DSP
import ModuleKit

/// Multiplies a signal by a carrier: sum and difference of all their frequencies.
///
/// `depth` 1 is ring modulation; below, the input is mixed in: in · (1 − depth + depth · carrier).
struct Ring<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, carrier, depth

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .carrier: .audio("Carrier: factor of the input")
      case .depth: .amount("Depth from the dry input (0) to ring modulation (1)", default: 1, range: 0...1)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The product" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "ring", .mixing, "Ring and amplitude modulation",
      otherNames: OtherNames(
        "ring modulator, ring modulation, ringmod, AM, amplitude modulation, frequency shifter",
        superCollider: "BinaryOpUGen, MulAdd", pureData: "*~", max: "*~"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), carrier = io.input(.carrier), depth = io.input(.depth), out = io.output(.out)
    for i in 0..<io.frames { out[i] = x[i] * L.fma(depth[i], carrier[i] - L(1), L(1)) }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Ring<Float>.self, Ring<Voices>.self) }
