import DSP
import ModuleKit

/// Limiter: keeps the level below `threshold` without clipping. Its look-ahead is 1.5 ms.
///
/// Peaks are true peaks, which lie between samples too, by the same detector as `--limit`; `peak` `sample` looks at the
/// samples alone, for a lower cost and eight frames less latency. The gain for a peak is reached on a ramp as the peak
/// leaves; then it recovers in `release`. `side`, where patched, replaces the input in peak detection. One peak is
/// taken per eight frames.
/// - Source: the minimum over the look-ahead, then its mean over the same time: P. Hämäläinen, "Smoothing of the
///   control signal without clipped output in digital peak limiters" (2002).
struct Limiter<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, side, threshold, release, makeup, peak

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .side: .audio("Side chain; the input if unpatched")
      case .threshold:
        .amount("Threshold; no peak exceeds it", default: -1, range: -60...0, unit: .decibels, reading: .grid)
      case .release: .time("Time constant of recovery", default: 0.1, range: 0.001...5, reading: .grid)
      case .makeup: .amount("Gain before the limiter", default: 0, range: 0...40, unit: .decibels, reading: .grid)
      case .peak:
        .choice(
          "Peak detection: between samples too, or at samples only", ["true-peak", "sample"], default: "true-peak"
        )
        .decidingLatency
      }
    }
  }
  enum Out: Int, OutputPort {
    case out, reduction
    var summary: String { self == .out ? "The limited input" : "Gain reduction in dB" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "limiter", .effects, "Look-ahead peak limiter", tail: 5,
      otherNames: OtherNames(
        "brickwall, brick wall, peak limiter, maximizer, look-ahead, dynamics", superCollider: "Limiter, Normalizer",
        max: "omx.peaklim~"))
  }

  /// Frames per peak.
  private static var group: Int { 8 }
  /// Steps of 1 − gain.
  private static var steps: Float { 1_048_576 }

  /// Frames of look-ahead; and the number of groups averaged: one less than the look-ahead.
  private let ahead: Int, groups: Int
  /// A ring buffer of frames, a whole number of groups; its first frame is repeated after its end.
  private let past: UnsafeMutablePointer<L>, room: Int
  private var detector: TruePeakDetector<L>
  private let lacks: UnsafeMutablePointer<L.Bits>
  private var window: SlidingMinimum<L>
  private var asked = LimiterCoefficients<L>.Values()
  /// The peak of this group, relative to the threshold.
  private var peak = L.zero
  /// 1 − gain before smoothing: starting from 0 it reaches exactly 0 again.
  private var held = L.zero
  /// Eight times the sum of 1 − gain over the look-ahead, in whole steps: such a sum never drifts. And its increment
  /// per frame of this group.
  private var lack = L.Bits(0), slope = L.Bits(0)
  /// The place in the ring buffer, and the index of the group among those kept.
  private var place = 0, groupIndex = 0
  private var coefficients = GridRamp<LimiterCoefficients<L>>()

  /// Groups of the look-ahead of 1.5 ms.
  private static func groupsAhead(_ sampleRate: Float) -> Int {
    max(Int((0.0015 * sampleRate / Float(group)).rounded()), 2)
  }
  static func latencyFrames(sampleRate: Float, value: (In) -> Float) -> Int {
    groupsAhead(sampleRate) * group - 1 + (value(.peak) == 0 ? TruePeak.delay : 0)
  }

  init(_ setup: ModuleSetup) {
    let ahead = Self.groupsAhead(setup.sampleRate)
    self.ahead = ahead * Self.group - 1
    groups = ahead - 1
    // A true peak is known one group later.
    room = (ahead + 1) * Self.group
    past = setup.zeros(room + 1)
    detector = TruePeakDetector(zeros: { setup.zeros($0) }, table: { setup.keptZeros($0) })
    lacks = setup.zeros(groups)
    window = SlidingMinimum(block: setup.keptZeros(ahead), length: ahead, initial: 1)
  }

  mutating func process(_ io: ModuleIO<Self>) {
    let threshold = io.input(.threshold), release = io.input(.release), makeup = io.input(.makeup)
    let out = io.output(.out), gains = io.output(.reduction), all = 0..<io.frames
    let x = io.samples(.in, spreadingInto: out, all)
    let side = io.input(.side).isPatched ? io.samples(.side, spreadingInto: gains, all) : x
    let isTrue = io.input(.peak).value[lane: 0] == 0
    var coefficients = coefficients, isLimiting = false
    io.alongGrid(
      &coefficients,
      next: { i in
        let asked = LimiterCoefficients<L>.Values(threshold: threshold[i], release: release[i], makeup: makeup[i])
        if !asked.differs(from: self.asked) { return nil }
        self.asked = asked
        return LimiterCoefficients(asked, seconds: io.period * Float(Self.group))
      },
      run: { frames, now, step in
        var i = frames.lowerBound
        while i < frames.upperBound {
          let end = min(i &+ Self.group &- place % Self.group, frames.upperBound)
          if isTrue {
            var detector = detector
            limit(x + i, side + i, delay: room &- 1, &now, step, out + i, gains + i, frames: end &- i) {
              detector.next($0)
            }
            self.detector = detector
          } else {
            limit(x + i, side + i, delay: ahead, &now, step, out + i, gains + i, frames: end &- i) { L.magnitude($0) }
          }
          isLimiting = isLimiting || !(lack | slope).isZero
          if place % Self.group == 0 { endGroup(now.back) }
          i = end
        }
      })
    self.coefficients = coefficients
    // The gain reduction, where that output has readers.
    if !isLimiting { return io.hold(.reduction, at: .zero) }
    let isOnGrid = io.isOnGrid(.reduction)
    var i = 0
    while i < io.frames {
      gains[i] = L.shortLog2(L.maximum(gains[i], L(1e-6))) * -6.020_6
      i &+= isOnGrid ? max(io.framesToGrid(from: i), 1) : 1
    }
  }

  /// Processes some frames of one group; `gains` receives the gain of each.
  @inline(__always)
  private mutating func limit(
    _ x: UnsafePointer<L>, _ side: UnsafePointer<L>, delay: Int, _ now: inout LimiterCoefficients<L>,
    _ step: LimiterCoefficients<L>, _ out: UnsafeMutablePointer<L>, _ gains: UnsafeMutablePointer<L>, frames: Int,
    measure: (L) -> L
  ) {
    let mean = L(1 / (Float(groups * Self.group) * Self.steps))
    // The ring buffer is one frame longer than the greatest latency: the output frame is next to the input frame, or a
    // group further.
    let leaving = place &+ room &- delay
    let new = past + place, old = past + (leaving > room ? leaving &- room : leaving)
    var peak = peak, lack = lack
    for i in 0..<frames {
      let leaving = old[i]
      peak = L.maximum(measure(side[i] * now.scale), peak)
      new[i] = x[i] * now.gain
      lack = lack &+ slope
      gains[i] = L.maximum(L.fnma(L.converted(lack), mean, L(1)), .zero)
      out[i] = leaving * gains[i]
      now.advance(by: step)
    }
    if place == 0 { past[room] = past[0] }
    self.peak = peak
    self.lack = lack
    place = place &+ frames == room ? 0 : place &+ frames
  }

  /// Starts towards the gain that this group's peak requires.
  @inline(__always)
  private mutating func endGroup(_ back: L) {
    let wanted = window.next(L(1) / L.maximum(peak, L(1)))
    held = L.maximum(L(1) - wanted, L.fnma(back, held, held))
    // Rounded up: the gain never exceeds its limit.
    let now = L.truncated(L.fma(held, L(Self.steps), L(0.999)))
    slope = now &- lacks[groupIndex]
    lacks[groupIndex] = now
    groupIndex = groupIndex &+ 1 == groups ? 0 : groupIndex &+ 1
    peak = .zero
  }
}

/// Coefficients derived from the parameters.
private struct LimiterCoefficients<L: Lane>: Coefficients {
  /// The parameter values, in dB and seconds.
  struct Values: BitwiseCopyable {
    var threshold = L.zero, release = L.zero, makeup = L.zero

    @inline(__always)
    func differs(from other: Self) -> Bool {
      (L.differ(threshold, other.threshold) | L.differ(release, other.release) | L.differ(makeup, other.makeup)).signs
        != 0
    }
  }

  /// The output gain; and the scale that maps the threshold to 1.
  var gain = L.zero, scale = L.zero
  /// The share of the distance that the release covers per group.
  var back = L.zero

  init() {}

  @inline(__always)
  init(_ values: Values, seconds: Float) {
    gain = L.amplitude(decibels: values.makeup)
    scale = L.amplitude(decibels: values.makeup - values.threshold)
    back = 1 - L.exp2(L(-1.442_695 * seconds) / values.release)
  }

  @inline(__always)
  func sixteenth(from start: Self) -> Self {
    var step = self
    step.gain = (gain - start.gain) * 0.0625
    step.scale = (scale - start.scale) * 0.0625
    step.back = .zero
    return step
  }

  @inline(__always)
  mutating func advance(by step: Self) {
    gain += step.gain
    scale += step.scale
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Limiter<Float>.self, Limiter<Voices>.self) }
