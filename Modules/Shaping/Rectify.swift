import DSP
import ModuleKit

/// Rectifies a signal: `full` takes the magnitude, `positive` and `negative` keep one side.
struct Rectify<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, mode

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .mode: .choice("Half waves that pass", ["full", "positive", "negative"], default: "full")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The rectified signal" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "rectify", .shaping, "Full-wave or half-wave rectifier", isPure: true,
      otherNames: OtherNames(
        "rectifier, absolute value, abs, full wave, half wave, octave up", superCollider: "UnaryOpUGen, abs",
        pureData: "abs~", vcv: "Process", max: "abs~"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    switch io.input(.mode).value[lane: 0] {
    case 0: apply(io) { L.magnitude($0) }
    case 1: apply(io) { L.maximum($0, .zero) }
    default: apply(io) { L.minimum($0, .zero) }
    }
  }

  @inline(__always)
  private func apply(_ io: ModuleIO<Self>, _ shape: (L) -> L) {
    let x = io.input(.in)
    if x.isConstant { return io.hold(.out, at: shape(x.value)) }
    let out = io.output(.out)
    for i in 0..<io.frames { out[i] = shape(x[i]) }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Rectify<Float>.self, Rectify<Voices>.self) }
