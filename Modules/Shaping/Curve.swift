import DSP
import ModuleKit

/// Bends a signal between 0 and ±1, which are fixed points; the curve is odd.
///
/// `power`: x to the power of 8^bend. `exponential`: (e^kx − 1) / (e^k − 1), k = 8 bend, as decibels. `sigmoid`: a bend
/// below 0 gives tanh(kx) / tanh(k), k = 8 |bend|, steep around 0; one above 0 its mirror image, flat there.
struct Curve<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, bend, shape

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input, −1 … 1")
      case .bend: .amount("Bend: fast at first (−1), linear (0), slow at first (1)", default: 0, range: -1...1)
      case .shape: .choice("The curve", ["power", "exponential", "sigmoid"], default: "power")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The bent signal" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "curve", .shaping, "Response curve for a control signal", isPure: true,
      otherNames: OtherNames(
        "response curve, exponent, bend, shaper, mapping", superCollider: "LinExp, ExpLin, LinCurve", pureData: "pow~",
        vcv: "Process", max: "pow~, scale~"))
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    switch io.input(.shape).value[lane: 0] {
    case 0: apply(io) { L.exp2(L.log2(L.maximum($0, L(1e-30))) * L.exp2($1 * 3)) }
    case 1: apply(io, Self.exponential)
    default: apply(io, Self.sigmoid)
    }
  }

  /// Applies `shape` to the magnitude, 0 ... 1, and the bend.
  @inline(__always)
  private func apply(_ io: ModuleIO<Self>, _ shape: (L, L) -> L) {
    let x = io.input(.in), bend = io.input(.bend)
    if x.isConstant && bend.isConstant { return io.hold(.out, at: Self.odd(x.value, bend.value, shape)) }
    let out = io.output(.out)
    for i in 0..<io.frames { out[i] = Self.odd(x[i], bend[i], shape) }
  }

  /// Beyond ±1 the curves are clamped; 0 stays 0.
  @inline(__always)
  private static func odd(_ x: L, _ bend: L, _ shape: (L, L) -> L) -> L {
    let size = L.minimum(L.magnitude(x), L(1))
    let bent = L.select(L.less(L(1e-20), size), shape(size, bend), .zero)
    return L.select(L.less(x, .zero), -bent, bent)
  }

  @inline(__always)
  private static func exponential(_ size: L, _ bend: L) -> L {
    let k = bend * 8
    let isStraight = L.less(L.magnitude(k), L(0.01))
    let bent = (L.exp(k * size) - L(1)) / (L.exp(L.select(isStraight, L(1), k)) - L(1))
    // x + k (x² − x) / 2 is the limit of the curve there.
    return L.select(isStraight, L.fma(k * 0.5, size * size - size, size), bent)
  }

  @inline(__always)
  private static func sigmoid(_ size: L, _ bend: L) -> L {
    let k = L.magnitude(bend) * 8
    let isStraight = L.less(k, L(0.01))
    let steep = L.hyperbolicTangent(k * size) / L.hyperbolicTangent(L.select(isStraight, L(1), k))
    let flat = L(1) - L.hyperbolicTangent(k * (L(1) - size)) / L.hyperbolicTangent(L.select(isStraight, L(1), k))
    return L.select(isStraight, size, L.select(L.less(bend, .zero), steep, flat))
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Curve<Float>.self, Curve<Voices>.self) }
