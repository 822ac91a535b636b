import DSP
import ModuleKit

/// The filter of small bass synthesizers: three and a half poles, an envelope of its own, and an accent.
///
/// Each rise of `gate` sets the envelope to 1, from where it decays; `envelope` raises the corner by up to 5 kHz. An
/// accent adds resonance and half as much envelope again. The loop is high-passed at 8 Hz and clipped, so that it
/// squelches without self-oscillation.
/// - Source: four one-pole low-passes with clipped feedback, after T. Stinchcombe, "Diode ladder filters" (2009).
struct Acid<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, cutoff, resonance, envelope, accent, decay, drive, gate

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .cutoff: .frequency("Corner frequency", default: 500, lowest: 20)
      case .resonance: .amount("Resonance at the corner", default: 0, range: 0...0.95)
      case .envelope: .amount("Envelope amount on the corner frequency", default: 0, range: -1...1)
      case .accent: .amount("More resonance and more envelope", default: 0, range: 0...1)
      case .decay: .time("Time constant of the envelope", default: 0.2, range: 0.001...10)
      case .drive: .amount("Gain into the filter; above 1 it saturates", default: 1, range: 1...5)
      case .gate: .gate("Starts the envelope where it rises above 0.5")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Low-pass output" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "acid", .filters, "Squelching bass filter with envelope", tail: 2,
      otherNames: OtherNames(
        "TB-303, 303, acid bass, squelch, filter, vcf, lowpass, low-pass, lpf", superCollider: "RLPF", pureData: "vcf~",
        vcv: "VCF"))
  }

  private var poles = (L.zero, L.zero, L.zero, L.zero)
  private var drift = L.zero, level = L.zero
  private var wasOn = L.Bits(0)

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), cutoff = io.input(.cutoff), resonance = io.input(.resonance), drive = io.input(.drive)
    let envelope = io.input(.envelope), accent = io.input(.accent), decay = io.input(.decay), gate = io.input(.gate)
    let out = io.output(.out), radians = L(6.283_185_3 * io.period), slow = L(50 * io.period)
    var p = poles, drift = drift, level = level
    var loss = Self.loss(decay.value, io.period)
    for i in 0..<io.frames {
      if !decay.isConstant { loss = Self.loss(decay[i], io.period) }
      let isOn = L.less(L(0.5), gate[i])
      let starts = isOn & (wasOn ^ L.Bits(-1))
      wasOn = isOn
      level = L.select(starts, L(1), L.select(L.less(L(0.001), level), level * loss, .zero))
      let peak = L.minimum(L.fma(accent[i], L(0.3), resonance[i]), L(0.95))
      let lift = envelope[i] * L.fma(accent[i], L(0.5), L(1)) * 5_000
      let corner = L.clamp(L.fma(lift, level, cutoff[i]), L(20), L(20_000))
      let g = L.minimum(corner * radians, L(0.8))
      let driven = x[i] * drive[i]
      // Saturation fades in between 1 and 1.1, not at once.
      let warm = L.clamp((drive[i] - 1) * 10, .zero, L(1))
      let entry = L.fma(warm, L.hyperbolicTangent(driven * 0.7) * 1.2 - driven, driven)
      let back = peak * L.minimum(corner * (1 / 200), L(1)) * 4 * p.3
      drift = L.fma(back - drift, slow, drift)
      let sum = entry - L.clamp(back - drift, L(-1), L(1))
      let bent = L.fma(L.clamp(sum, L(-1), L(1)) - sum, L(0.984), sum)
      p.0 = L.fma(bent - p.0, g, p.0)
      p.1 = L.fma(p.0 - p.1, g, p.1)
      p.2 = L.fma(p.1 - p.2, g, p.2)
      p.3 = L.fma(p.2 - p.3, g, p.3)
      out[i] = p.3 * 0.9
    }
    poles = p
    self.drift = drift
    self.level = level
  }

  /// The factor of the envelope per frame.
  @inline(__always)
  private static func loss(_ decay: L, _ period: Float) -> L { L.exp2(L(-1.442_695 * period) / decay) }
}

extension Acid: PackedModule where L == Float { typealias Eight = Acid<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Acid<Float>.self, Acid<Voices>.self) }
