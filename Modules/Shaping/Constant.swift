import DSP
import ModuleKit

/// A number: its parameter, plus the sum of its cables.
struct Constant<L: Lane>: Module {
  enum In: Int, InputPort {
    case value
    var spec: ParamSpec { .amount("The number", default: 1, range: -1_000_000...1_000_000) }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The number" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "constant", .shaping, "Constant value", tail: nil, isPure: true,
      otherNames: OtherNames(
        "number, value, offset, DC, fixed voltage", superCollider: "DC", pureData: "sig~", vcv: "8vert",
        max: "sig~, number~"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let value = io.input(.value)
    if value.isConstant { return io.hold(.out, at: value.value) }
    let out = io.output(.out)
    for i in 0..<io.frames { out[i] = value[i] }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Constant<Float>.self, Constant<Voices>.self) }
