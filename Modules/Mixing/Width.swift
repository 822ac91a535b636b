import DSP
import ModuleKit

/// Narrows or widens a stereo signal: scales the difference of its sides.
///
/// 0 is mono, 1 unchanged, 2 doubles the difference.
struct Width<L: Lane>: Module {
  enum In: Int, InputPort {
    case left, right, width

    var spec: ParamSpec {
      switch self {
      case .left: .audio("The left side")
      case .right: .audio("The right side")
      case .width: .amount("Width: mono (0), unchanged (1), twice as wide (2)", default: 1, range: 0...2)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The new left side" : "The new right side" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "width", .mixing, "Stereo width",
      otherNames: OtherNames("stereo width, mid/side, M/S, widener, mono maker", vcv: "Mid/Side"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let l = io.input(.left), r = io.input(.right), width = io.input(.width)
    let left = io.output(.left), right = io.output(.right)
    for i in 0..<io.frames {
      let middle = (l[i] + r[i]) * 0.5
      let side = (l[i] - r[i]) * width[i] * 0.5
      left[i] = middle + side
      right[i] = middle - side
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Width<Float>.self, Width<Voices>.self) }
