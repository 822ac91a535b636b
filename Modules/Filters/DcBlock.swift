import DSP
import ModuleKit

/// Removes DC: y = x − x₁ + r y₁, with r = e^(−2π cutoff / rate).
struct DcBlock<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, cutoff

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .cutoff:
        ParamSpec(
          .float, "Corner frequency of the high-pass", default: 10, range: 0.5...200, unit: .hertz, curve: .logarithmic,
          modulation: .octaves, smoothing: .logarithmic, smoothingTime: 0.01)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The input without its DC offset" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "dcblock", .filters, "Removes the DC offset", tail: 5,
      otherNames: OtherNames(
        "DC blocker, DC offset, high-pass, highpass, hpf, constant part", superCollider: "LeakDC", pureData: "hip~",
        max: "dcblock~"))
  }

  private var last = L.zero, y = L.zero

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), cutoff = io.input(.cutoff), out = io.output(.out)
    var last = last, y = y
    var loss = Self.loss(cutoff.value, io.period)
    for i in 0..<io.frames {
      if !cutoff.isConstant { loss = Self.loss(cutoff[i], io.period) }
      y = L.fnma(loss, y, y) + (x[i] - last)
      last = x[i]
      out[i] = y
    }
    self.last = last
    self.y = y
  }

  /// 1 − r.
  @inline(__always)
  private static func loss(_ cutoff: L, _ period: Float) -> L { EnvelopeTimes.loss(cutoff * (9.064_720_3 * period)) }
}

extension DcBlock: PackedModule where L == Float { typealias Eight = DcBlock<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(DcBlock<Float>.self, DcBlock<Voices>.self) }
