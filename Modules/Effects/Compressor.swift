import DSP
import ModuleKit

/// Compressor: above `threshold`, `ratio` dB more input give 1 dB more output.
///
/// `side`, where patched, replaces the input in level detection. The knee is 6 dB wide.
/// - Source: D. Giannoulis, M. Massberg and J. D. Reiss, "Digital dynamic range compressor design" (2012).
struct Compressor<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, side, threshold, ratio, attack, release, makeup

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .side: .audio("Side chain; the input if unpatched")
      case .threshold: .amount("Threshold", default: -18, range: -80...0, unit: .decibels)
      case .ratio: .amount("Input change in dB for 1 dB at the output, above the threshold", default: 4, range: 1...100)
      case .attack: .time("Time constant of gain reduction", default: 0.01, range: 0.0001...1)
      case .release: .time("Time constant of recovery", default: 0.1, range: 0.001...5)
      case .makeup: .amount("Gain after the compression", default: 0, range: 0...40, unit: .decibels)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out, reduction
    var summary: String { self == .out ? "The compressed input" : "Gain reduction in dB" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "compressor", .effects, "Compressor with side chain", tail: 5,
      otherNames: OtherNames(
        "dynamics, sidechain, ducking, ducker, limiter, leveller, glue", superCollider: "Compander, Amplitude",
        max: "omx.comp~"))
  }

  private var reduction = L.zero

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), key = io.input(.side).isPatched ? io.input(.side) : x
    let threshold = io.input(.threshold), ratio = io.input(.ratio), makeup = io.input(.makeup)
    let attack = io.input(.attack), release = io.input(.release)
    let out = io.output(.out), reductions = io.output(.reduction)
    var reduction = reduction
    var down = Self.share(attack.value, io.period), back = Self.share(release.value, io.period)
    for i in 0..<io.frames {
      if !attack.isConstant { down = Self.share(attack[i], io.period) }
      if !release.isConstant { back = Self.share(release[i], io.period) }
      let level = L.log2(L.maximum(L.magnitude(key[i]), L(1e-6))) * 6.020_6
      // Above the knee the full excess; within it a parabola; below it 0.
      let into = L.clamp(level - threshold[i] + 3, .zero, L(6))
      let excess = L.fma(into * into, L(1 / 12), L.maximum(level - threshold[i] - 3, .zero))
      let wanted = excess * (1 - 1 / ratio[i])
      let share = L.select(L.less(reduction, wanted), down, back)
      reduction = L.fma(share, wanted - reduction, reduction)
      reductions[i] = reduction
      out[i] = x[i] * L.amplitude(decibels: makeup[i] - reduction)
    }
    self.reduction = reduction
  }

  /// The share of the distance to its target that a one-pole filter covers per frame.
  @inline(__always)
  private static func share(_ time: L, _ period: Float) -> L { 1 - L.exp2(L(-1.442_695 * period) / time) }
}

extension Compressor: PackedModule where L == Float { typealias Eight = Compressor<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = {
  Registry.from($0).add(Compressor<Float>.self, Compressor<Voices>.self)
}
