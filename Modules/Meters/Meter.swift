import DSP
import ModuleKit

/// Measures the level of its input, for other modules and for `/meter` with the node's id.
///
/// `peak` holds the greatest magnitude and falls by 20 dB in `fall`; `rms` is the root of the mean square, with `time`
/// as its time constant. The input passes through; voices are summed, as at the output.
/// - Source: the fall is that of peak programme meters, IEC 60268-10 (1991), whose type I falls by 20 dB in 1.7 s.
struct Meter<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, fall, time

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .fall: .time("Time in which the peak falls by 20 dB", default: 1.7, range: 0.01...60)
      case .time: .time("Time constant of the RMS value", default: 0.3, range: 0.001...60)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out, peak, rms
    var summary: String {
      switch self {
      case .out: "The input, unchanged"
      case .peak: "The peak, 1 at full scale"
      case .rms: "The root mean square, 0.707 for a full-scale sine"
      }
    }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "meter", .meters, "Peak and RMS", voicing: .sums, tail: nil,
      otherNames: OtherNames(
        "level, VU, peak, RMS, loudness meter", superCollider: "Amplitude, PeakFollower", pureData: "env~",
        vcv: "Viz, VU Meter", max: "meter~, peakamp~"))
  }

  private var peak = L.zero, power = L.zero

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), fall = io.input(.fall), time = io.input(.time)
    let out = io.output(.out), peaks = io.output(.peak), levels = io.output(.rms)
    var keep = Self.keep(fall.value, io.period), share = Self.share(time.value, io.period)
    for i in 0..<io.frames {
      if !fall.isConstant { keep = Self.keep(fall[i], io.period) }
      if !time.isConstant { share = Self.share(time[i], io.period) }
      peak = L.maximum(L.magnitude(x[i]), peak * keep)
      power = L.fma(share, L.fma(x[i], x[i], -power), power)
      out[i] = x[i]
      peaks[i] = peak
      levels[i] = L.squareRoot(L.maximum(power, .zero))
    }
    // NaN must not stay in the state.
    let isSound = L.less(L.magnitude(power), L(1e30)) & L.less(peak, L(1e30))
    power = L.select(isSound, power, .zero)
    peak = L.select(isSound, peak, .zero)
  }

  /// The factor of the peak per frame: 20 dB less in the time.
  @inline(__always)
  private static func keep(_ fall: L, _ period: Float) -> L { L.exp2(L(-3.321_928_1 * period) / fall) }
  @inline(__always)
  private static func share(_ time: L, _ period: Float) -> L { 1 - L.exp2(L(-1.442_695 * period) / time) }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Meter<Float>.self, Meter<Voices>.self) }
