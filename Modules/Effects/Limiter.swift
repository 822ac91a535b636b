import DSP
import ModuleKit

/// Limiter: nothing is louder than `threshold`, and nothing is clipped. It looks 1.5 ms ahead, by which it is late.
///
/// The gain that a peak needs is reached on a ramp just when the peak leaves; then it comes back in `release`.
/// `side` is listened to in place of the input where it is patched.
/// - Source: the minimum over the look-ahead, then its mean over the same time: P. Hämäläinen, "Smoothing of the
///   control signal without clipped output in digital peak limiters" (2002).
struct Limiter<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, side, threshold, release, makeup

    var spec: ParamSpec {
      switch self {
      case .in: .audio("What is limited")
      case .side: .audio("What is listened to; the input if unpatched")
      case .threshold: .amount("What nothing is louder than", default: -1, range: -60...0, unit: .decibels)
      case .release: .time("Time constant of coming back", default: 0.1, range: 0.001...5)
      case .makeup: .amount("Gain before it", default: 0, range: 0...40, unit: .decibels)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out, reduction
    var summary: String { self == .out ? "The limited input" : "By how much it is turned down, in dB" }
  }
  static var about: ModuleAbout { ModuleAbout("limiter", .effects, "Look-ahead peak limiter", tail: 5) }

  private let ahead: Int
  private var past: DelayLine<L>, lacks: DelayLine<L>
  private var window: SlidingMinimum<L>
  /// What the gain lacks to 1, before it is smoothed: counted from 0 it really ends there.
  private var held = L.zero
  /// What the gains of the look-ahead lack to 1, together, in whole steps: such a sum never drifts.
  private var lack = L.Bits(0)
  private static var steps: Float { 1_048_576 }

  init(_ setup: ModuleSetup) {
    ahead = Int((0.0015 * setup.sampleRate).rounded())
    past = setup.delayLine(seconds: 0.002)
    lacks = setup.delayLine(seconds: 0.002)
    window = SlidingMinimum(block: setup.keptZeros(ahead), length: ahead, rest: 1)
  }

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), side = io.input(.side), threshold = io.input(.threshold)
    let release = io.input(.release), makeup = io.input(.makeup)
    let out = io.output(.out), reductions = io.output(.reduction)
    var back = Self.share(release.value, io.period)
    let mean = L(1 / (Float(ahead) * Self.steps))
    var gain = L.amplitude(decibels: makeup.value), top = L.amplitude(decibels: threshold.value)
    // Nobody may be reading how far it is turned down.
    let isRead = !io.isOnGrid(.reduction), hasSide = side.isPatched, ahead = ahead
    var window = window, held = held, lack = lack, past = past, lacks = lacks
    for i in 0..<io.frames {
      if !release.isConstant { back = Self.share(release[i], io.period) }
      if !makeup.isConstant { gain = L.amplitude(decibels: makeup[i]) }
      if !threshold.isConstant { top = L.amplitude(decibels: threshold[i]) }
      let input = x[i] * gain
      let level = L.magnitude(hasSide ? side[i] * gain : input)
      let wanted = window.next(L.minimum(top / L.maximum(level, L(1e-9)), L(1)))
      held = L.maximum(L(1) - wanted, L.fnma(back, held, held))
      // Rounded up: the gain is never more than it may be.
      let now = L.floor(L.fma(held, L(Self.steps), L(0.999)))
      lack = lack &+ L.truncated(now) &- L.truncated(lacks.read(back: ahead))
      lacks.write(now)
      past.write(input)
      let applied = L(1) - L.minimum(L.converted(lack) * mean, L(1))
      out[i] = past.read(back: ahead) * applied
      if isRead || i == 0 || io.framesToGrid(from: i) == 0 {
        reductions[i] = L.log2(L.maximum(applied, L(1e-6))) * -6.020_6
      }
    }
    self.window = window
    self.held = held
    self.lack = lack
    self.past = past
    self.lacks = lacks
  }

  /// Of the way back, what the time constant covers in a frame.
  @inline(__always)
  private static func share(_ time: L, _ period: Float) -> L { 1 - L.exp2(L(-1.442_695 * period) / time) }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Limiter<Float>.self, Limiter<Voices>.self) }
