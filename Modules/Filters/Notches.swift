import DSP
import ModuleKit

/// Swept notches: a cascade of equal notch filters for each side, whose corner an oscillator moves between `low` and
/// `high`; the right side is `lead` cycles ahead.
///
/// With noise at its input it is the slow "flanging" noise of brainwave sessions. The corner is computed every 16
/// frames.
/// - Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients", for the notch.
struct Notches<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, low, high, q, rate, phase, lead, shape, stages

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .low: .cutoff("Lowest notch frequency", default: 1_000)
      case .high: .cutoff("Highest notch frequency", default: 10_000)
      case .q: .amount("Quality factor: notch frequency over bandwidth", default: 25, range: 0.5...100, reading: .grid)
      case .rate: .rate("Sweeps per second", default: 1 / 12)
      case .phase: .amount("Phase of the sweep", default: 0, range: -1...1, unit: .cycles, reading: .grid)
      case .lead: .amount("Phase lead of the right side", default: 0.25, range: -1...1, unit: .cycles, reading: .grid)
      case .shape: .choice("Waveform of the sweep", ["sine", "triangle"], default: "sine")
      case .stages: .count("Number of filters in series", default: 10, range: 1...32)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The left side" : "The right side" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "notches", .filters, "Stereo notch filters, swept", tail: 30,
      otherNames: OtherNames("notch, band-reject, swept notches, filter, brown noise", superCollider: "BRF"))
  }

  private static var most: Int { 32 }
  private var sweep = SlowPhase<L>()
  private var left = CookbookFilter<L>(), right = CookbookFilter<L>()
  private var isSet = false
  /// Band and low of each stage, left then right.
  private let memory: UnsafeMutablePointer<L>

  init(_ setup: ModuleSetup) { memory = setup.zeros(4 * Self.most) }

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), rate = io.input(.rate), period = L(io.period)
    let outLeft = io.output(.left), outRight = io.output(.right)
    let isTriangle = io.input(.shape).value[lane: 0] == 1, stages = Int(io.input(.stages).value[lane: 0])
    for (frames, isOnGrid) in io.eachGridStretch {
      let i = frames.lowerBound
      if isOnGrid || !isSet {
        let low = io.input(.low)[i] * period, high = io.input(.high)[i] * period, q = io.input(.q)[i]
        let at = sweep.bits &+ Phase<L>.wrappedStep(io.input(.phase)[i])
        left = Self.filter(at, low, high, q, isTriangle)
        right = Self.filter(at &+ Phase<L>.wrappedStep(io.input(.lead)[i]), low, high, q, isTriangle)
        isSet = true
      }
      for j in frames {
        outLeft[j] = pass(x[j], left, memory, stages)
        outRight[j] = pass(x[j], right, memory + 2 * Self.most, stages)
        sweep.advance(by: SlowPhase<L>.Step(rate[j] * period))
      }
    }
  }

  /// The notch at a place of the sweep: at the top of a sine, and at the bottom of a triangle, where it begins.
  @inline(__always)
  private static func filter(_ place: L.Bits, _ low: L, _ high: L, _ q: L, _ isTriangle: Bool) -> CookbookFilter<L> {
    let half = Phase<L>(bits: place).halfCycles
    let wave =
      isTriangle
      ? L.fma(L.magnitude(half), L(4), L(-1)) : L.sineOfHalfCycle(Phase<L>(bits: place &+ L.Bits(1 << 30)).halfCycles)
    let corner = L.fma((high - low) * 0.5, wave, (high + low) * 0.5)
    return CookbookFilter(.notch, frequency: corner, q: q, gain: .zero)
  }

  @inline(__always)
  private func pass(_ x: L, _ c: CookbookFilter<L>, _ state: UnsafeMutablePointer<L>, _ stages: Int) -> L {
    var y = x
    for stage in 0..<stages {
      let band = state[2 * stage], low = state[2 * stage + 1], rest = y - low
      let out = L.fma(c.direct, y, L.fma(c.fromBand, band, c.fromLow * low))
      state[2 * stage] = L.fma(c.keep, band, c.turn * rest)
      state[2 * stage + 1] = low + L.fma(c.turn, band, c.rise * rest)
      y = out
    }
    return y
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Notches<Float>.self, Notches<Voices>.self) }
