import DSP
import ModuleKit

/// Eight ways to make many harmonics from few sines; the meaning of the two parameters depends on the algorithm.
///
/// `dirichlet`: 1 … 64 equal harmonics; level −3 … 15 dB. `single`, `double`: side tones on one side or on both,
/// each 0 … 0.98 of the last; their distance, ½ … 4 times the pitch. `square`, `saw`: a saturated sine's drive;
/// level, or how much of the saw. `formant`: a tone at ½ … 6 times the pitch, with side tones at distances of the
/// pitch; their bandwidth, 50 … 3,000 Hz. `modified`: the index 0.01 … 8; the ratio ¼ … 6. `aligned`: the harmonics
/// around ½ … 32 times the pitch (phase-aligned formant); their bandwidth between −3 dB, 50 … 3,000 Hz. None is
/// band-limited. `fm` adds to the pitch, through zero; a rise of `sync` through 0 restarts both phases.
/// - Source: J. A. Moorer, "The synthesis of complex audio spectra by means of discrete summation formulas" (1976);
///   V. Lazzarini and J. Timoney, "Theory and practice of modified frequency modulation synthesis" (2010); M. Puckette,
///   "Formant-based audio synthesis using nonlinear distortion" (1995).
struct Disyn<L: Lane>: Module {
  enum Algorithm: Int, CaseIterable { case dirichlet, single, double, square, saw, formant, modified, aligned }
  enum In: Int, InputPort {
    case algorithm, param1, param2, frequency, gain, sync, fm

    var spec: ParamSpec {
      switch self {
      case .algorithm:
        .choice(
          "Synthesis algorithm", Algorithm.allCases.map { "\($0)" }, default: "square", aliases: ["paf": "formant"])
      case .param1: .amount("The first parameter of the algorithm", default: 0.55, range: 0...1)
      case .param2: .amount("The second parameter of the algorithm", default: 0.5, range: 0...1)
      case .frequency: .frequency()
      case .gain: .gain()
      case .sync: Self.laterSync
      case .fm: .linearFM()
      }
    }
    private static var laterSync: ParamSpec {
      var spec = ParamSpec.sync()
      spec.isUnknownToFormatOne = true
      return spec
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The wave" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "disyn", .oscillators, "Discrete summation and distortion", tail: nil,
      otherNames: OtherNames("discrete summation, DSF, phase distortion, ModFM, oscillator, osc, vco"))
  }

  private var phase = Phase<L>(), second = Phase<L>()
  private var follower = L.zero
  /// The last value of `sync`.
  private var synced = L.zero

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let rate = io.sampleRate
    switch Algorithm(rawValue: Int(io.input(.algorithm).value[lane: 0])) ?? .square {
    case .dirichlet:
      render(io, ratio: { _, _ in .zero }) { p, q, _, wave in
        let count = L.maximum(L.floor(L.fma(p, L(63), L(1.5))), L(1))
        let at = wave.phase.halfCycles
        // Whole numbers of cycles drop out of the product of bits.
        let many = Phase<L>(bits: wave.phase.bits &* L.truncated(count)).halfCycles
        let below = L.sineOfHalfCycle(at * 0.5)
        let isPeak = L.less(L.magnitude(below), L(1e-6))
        let ratio = L.sine(cycles: L.fma(at, L(0.5), many)) / L.select(isPeak, L(1), below)
        let sum = L.select(isPeak, count + count, ratio - L(1))
        return sum / count * L.amplitude(decibels: L.fma(q, L(18), L(-3)))
      }
    case .single:
      render(io, ratio: { _, q in Self.between(q, 0.5, 4) }) { p, _, _, wave in
        let d = L.minimum(p * 0.98, L(0.98))
        return Self.summed(wave.phase.halfCycles, wave.second.halfCycles, d)
      }
    case .double:
      render(io, ratio: { _, q in Self.between(q, 0.5, 4.5) }) { p, _, _, wave in
        let d = L.minimum(p * 0.96, L(0.96)), at = wave.phase.halfCycles, t = wave.second.halfCycles
        return (Self.summed(at, t, d) + Self.summed(at, -t, d)) * 0.5
      }
    case .square:
      render(io, ratio: { _, _ in .zero }) { p, q, _, wave in
        let driven = Self.between(p, 0.05, 5) * L.sineOfHalfCycle(wave.phase.halfCycles)
        return Self.between(q, 0.2, 1.2) * L.hyperbolicTangent(driven)
      }
    case .saw:
      render(io, ratio: { _, _ in .zero }) { p, q, _, wave in
        let at = wave.phase.halfCycles
        let square = L.hyperbolicTangent(Self.between(p, 0.05, 4.5) * L.sineOfHalfCycle(at))
        return L.fma(L.cosine(cycles: at) * L.fnma(square, square, L(1)), q, square)
      }
    case .formant:
      render(io, ratio: { p, _ in Self.between(p, 0.5, 6) }) { _, q, _, wave in
        let share = EnvelopeTimes.loss(Self.between(q, 50, 3_000) * (1.442_695_04 / rate))
        let sine = L.sineOfHalfCycle(wave.phase.halfCycles)
        wave.follower = L.fma(share, sine - wave.follower, wave.follower)
        return L.sineOfHalfCycle(wave.second.halfCycles) * L.fma(wave.follower, L(0.4), L(0.6))
      }
    case .modified:
      render(io, ratio: { _, q in Self.between(q, 0.25, 6) }) { p, _, _, wave in
        let index = Self.between(p, 0.01, 8)
        let swing = L.exp(index * (L.cosine(cycles: wave.second.halfCycles) - L(2)))
        return L.cosine(cycles: wave.phase.halfCycles) * swing
      }
    case .aligned:
      render(io, ratio: { _, _ in .zero }) { p, q, hertz, wave in
        // Two neighbouring harmonics, crossfaded, make the carrier: it is in phase with every cycle.
        let centre = Self.between(p, 0.5, 32), harmonic = L.floor(centre), at = wave.phase.bits
        let lower = Phase<L>(bits: at &* L.truncated(harmonic)).halfCycles
        let upper = Phase<L>(bits: at &* (L.truncated(harmonic) &+ L.Bits(1))).halfCycles
        let low = L.cosine(cycles: lower)
        let carrier = L.fma(centre - harmonic, L.cosine(cycles: upper) - low, low)
        // exp(−x²) of a sine of half the pitch: its spectrum is −3 dB at 0.588 · index.
        let index = Self.between(q, 50, 3_000) * (0.849_321_8 / L.maximum(L.magnitude(hertz), L(0.001)))
        let swing = index * L.sineOfHalfCycle(wave.phase.halfCycles * 0.5)
        return carrier * L.exp(-(swing * swing))
      }
    }
  }

  /// Renders `wave` of the two parameters and the pitch in Hz, after both phases have advanced; `ratio` is the speed of the second phase.
  @inline(__always)
  private mutating func render(_ io: ModuleIO<Self>, ratio: (L, L) -> L, _ wave: (L, L, L, inout Self) -> L) {
    let p = io.input(.param1), q = io.input(.param2), frequency = io.input(.frequency), gain = io.input(.gain)
    let sync = io.input(.sync), fm = io.input(.fm)
    let out = io.output(.out), period = L(io.period)
    let mayStart = !sync.isConstant || L.differ(sync.value, synced).signs != 0
    for i in 0..<io.frames {
      if mayStart {
        let starts = L.less(.zero, sync[i]) & (L.less(.zero, synced) ^ L.Bits(-1))
        phase.bits = phase.bits & (starts ^ L.Bits(-1))
        second.bits = second.bits & (starts ^ L.Bits(-1))
        synced = sync[i]
      }
      let hertz = frequency[i] + fm[i], cycles = hertz * period
      phase.advance(by: Phase<L>.step(cycles))
      second.advance(by: Phase<L>.wrappedStep(cycles * ratio(p[i], q[i])))
      out[i] = wave(p[i], q[i], hertz, &self) * gain[i]
    }
  }

  /// From `low` (0) to `high` (1) in equal ratios.
  @inline(__always)
  private static func between(_ place: L, _ low: Float, _ high: Float) -> L {
    L.exp2(place * L.log2(L(high / low))) * L(low)
  }

  /// A sine at `at` with sidebands at distances of `t`, each d times the last.
  @inline(__always)
  private static func summed(_ at: L, _ t: L, _ d: L) -> L {
    let above = L.fnma(d, L.sine(cycles: at - t), L.sineOfHalfCycle(at))
    let square = d * d
    return above / L.fnma(d + d, L.cosine(cycles: t), square + L(1)) * L.squareRoot(L(1) - square)
  }
}

extension Disyn: PackedModule where L == Float { typealias Eight = Disyn<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Disyn<Float>.self, Disyn<Voices>.self) }
