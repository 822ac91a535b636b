import DSP
import ModuleKit

/// Distortion: the input times `drive` through a curve, then through a low-pass at `tone`.
///
/// The curve runs at `oversampling` times the rate, averaged between successive frames (antiderivative anti-aliasing):
/// products above half the rate are largely suppressed. The latency is 39 to 46 frames, also for the dry signal;
/// without oversampling it is half a frame. `crush` rounds to steps of `drive` / 64 instead.
/// - Source: J. D. Parker, V. Zavalishin and E. Le Bivic, "Reducing the aliasing of nonlinear waveshaping
///   using continuous-time convolution" (2016); the rates are those of `Oversampler`.
struct Distortion<L: Lane>: Module {
  enum Shape: Int, CaseIterable {
    case tanh, hard, fold, crush
  }
  enum In: Int, InputPort {
    case `in`, drive, shape, tone, mix, oversampling

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .drive: .amount("Gain before the curve", default: 4, range: 1...100)
      case .shape: .choice("Curve", Shape.allCases.map { "\($0)" }, default: "tanh")
      case .tone: .cutoff("Corner of the low-pass after the curve", default: 12_000)
      case .mix: .mix(default: 1)
      case .oversampling: .choice("Oversampling factor", ["off", "x2", "x4", "x8"], default: "x4").decidingLatency
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The distorted input" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "distortion", .effects, "Distortion: soft or hard clipping, folding, bit crushing", tail: 0.1,
      otherNames: OtherNames(
        "overdrive, fuzz, saturation, waveshaper, clipper, clip, wavefolder, fold, folder, bitcrusher, "
          + "crusher, lofi, decimator",
        superCollider: "Shaper, Clip, Fold, Distort, SoftClip, Decimator", pureData: "clip~", vcv: "Fold",
        max: "clip~, overdrive~, degrade~"))
  }

  static func latencyFrames(sampleRate: Float, value: (In) -> Float) -> Int {
    Oversampler<L>.delay(doublings: Int(value(.oversampling)))
  }

  /// The last input of the curve.
  private var last = L.zero
  private var dull = L.zero, brightness = L(-1)
  private var rates: Oversampler<L>
  /// The delayed dry signal.
  private var past: MirroredLine<L>

  init(_ setup: ModuleSetup) {
    rates = Oversampler(zeros: { setup.zeros($0) }, table: { setup.keptZeros($0) })
    past = MirroredLine(setup.zeros(128), length: 64)
  }

  mutating func process(_ io: ModuleIO<Self>) {
    switch Shape(rawValue: Int(io.input(.shape).value[lane: 0])) ?? .tanh {
    case .tanh:
      apply(io, L.hyperbolicTangent) { x in
        // log cosh x, without the constant term.
        let size = L.magnitude(x)
        return L.fma(L.log2(L.exp2(size * -2.885_390_1) + 1), L(0.693_147_2), size)
      }
    case .hard:
      apply(io, { L.clamp($0, L(-1), L(1)) }) { x in
        let held = L.clamp(x, L(-1), L(1))
        return L.fnma(held * 0.5, held, held * x)
      }
    case .fold:
      apply(io, { L.sine(cycles: $0 * 0.25) }) { L.cosine(cycles: $0 * 0.25) * -0.636_619_77 }
    case .crush:
      apply(io, L.rounded) { x in
        let step = L.rounded(x)
        return L.fnma(step * 0.5, step, step * x)
      }
    }
  }

  /// - Parameters:
  ///   - curve: the nonlinear function.
  ///   - integral: its antiderivative.
  @inline(__always)
  private mutating func apply(_ io: ModuleIO<Self>, _ curve: (L) -> L, _ integral: (L) -> L) {
    let x = io.input(.in), drive = io.input(.drive), tone = io.input(.tone), mix = io.input(.mix)
    let isCrush = Int(io.input(.shape).value[lane: 0]) == Shape.crush.rawValue
    let doublings = Int(io.input(.oversampling).value[lane: 0]), delay = Oversampler<L>.delay(doublings: doublings)
    let out = io.output(.out)
    var last = last, dull = dull, brightness = brightness, rates = rates, past = past
    for i in 0..<io.frames {
      if io.framesToGrid(from: i) == 0 || brightness[lane: 0] < 0 {
        brightness = 1 - L.exp2(tone[i] * (-9.064_720_3 * io.period))
      }
      let gain = isCrush ? 64 / drive[i] : drive[i]
      past.push(x[i])
      let shaped = rates.apply(x[i] * gain, doublings: doublings) { value in
        // Beyond this every curve is flat, and single precision exhausted.
        let driven = L.clamp(value, L(-10_000), L(10_000))
        let way = driven - last
        let isShort = L.less(L.magnitude(way), L.maximum(L.magnitude(driven), L(1)) * 0.01)
        let mean = (integral(driven) - integral(last)) / L.select(isShort, L(1), way)
        let result = L.select(isShort, curve((driven + last) * 0.5), mean)
        last = driven
        return result
      }
      dull = L.fma(brightness, (isCrush ? shaped / gain : shaped) - dull, dull)
      let dry = past[delay]
      out[i] = L.fma(mix[i], dull - dry, dry)
    }
    self.last = last
    self.dull = dull
    self.brightness = brightness
    self.rates = rates
    self.past = past
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = {
  Registry.from($0).add(Distortion<Float>.self, Distortion<Voices>.self)
}
