import DSP
import ModuleKit

/// A resonator with its exciter in the loop: two delay lines and a filter feed back, one frame late, into what blows,
/// strikes or bows it. A bore, a string or a plate, by the interface and the feedback.
///
/// `in` is the motion that excites, `level` its envelope: after its end the loop is damped. The lines have one cycle of
/// `frequency`, moved by `tuning`, and `ratio` cycles; their mean is filtered. A rising gate starts anew, with what rings
/// faded within 3 ms, and with a little noise in the lines. Some interfaces sound without a motion; 40 ms after the
/// envelope's end they are faded too.
/// - Source: the loop of exciter and resonator after M. E. McIntyre, R. T. Schumacher and J. Woodhouse, "On the
///   oscillations of musical instruments" (1983).
struct Bore<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, level, gate, frequency, interface, intensity, tuning, ratio
    case feedback1, feedback2, feedbackfilter, cutoff, q, shape, noise

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Signal of the exciter")
      case .level: .audio("Envelope of the exciter; at 0 the loop is damped, unless the gate is on")
      case .gate: .gate("Restarts the loop where it rises above 0.5")
      case .frequency: .frequency("Pitch of the bore")
      case .interface: .choice("Kind of exciter", ExcitationKind.allCases.map { "\($0)" }, default: "reed")
      case .intensity: .amount("Strength of the excitation", default: 0.5, range: 0...1)
      case .tuning: .amount("Tuning of the delay lines", default: 0, range: -1...1, unit: .octaves)
      case .ratio: .amount("Length of the second delay line relative to the first", default: 1, range: 0.5...2)
      case .feedback1: .amount("Feedback from the first delay line", default: 0.5, range: 0...1)
      case .feedback2: .amount("Feedback from the second delay line", default: 0.1, range: 0...1)
      case .feedbackfilter: .amount("Feedback from the filter", default: 0, range: 0...1)
      case .cutoff: Self.corner
      case .q: Self.quality
      case .shape: .amount("Low-pass (0), band-pass (½), high-pass (1)", default: 0, range: 0...1)
      case .noise: .amount("Level of the noise in the delay lines at a restart", default: 0.01, range: 0...1)
      }
    }
    /// The same travel as of every filter; below it, as a pitch.
    private static var corner: ParamSpec {
      var spec = ParamSpec.cutoff()
      spec.range = 0.001...20_000
      return spec
    }
    private static var quality: ParamSpec {
      ParamSpec(
        .float, "Quality factor: height of the peak", default: 1, range: 0.5...20, curve: .logarithmic,
        modulation: .octaves,
        smoothing: .exponential)
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Output of the filter" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "bore", .oscillators, "Exciter and resonator in a loop", tail: 0.5,
      otherNames: OtherNames("physical model, waveguide, wind instrument, reed, flute, bowed string"))
  }

  /// Hz: the lines hold a cycle of it.
  private static var lowest: Float { 20 }
  /// Frames of noise at a start; frames in which what rang before fades.
  private static var noiseFrames: Float { 100 }
  private static var fadeFrames: Float { 128 }

  /// The damping at which the loop counts as ended: −80 dB, 38 ms at 48 kHz after the envelope's end.
  private static var damped: Float { 1e-4 }

  private var line: DelayLine<L>
  private let longest: Float
  private var excitation: Excitation<L>
  private var random: Random<L>
  private var filter = ChamberlinFilter<L>()
  /// The last outputs of both lines and of the filter; the state of the loop's high-pass.
  private var first = L.zero, second = L.zero, filtered = L.zero
  private var entered = L.zero, blocked = L.zero
  /// Frames since the last start, up to a million.
  private var age = L(1_000_000)
  private var damp = L(1)
  /// The level of the interface: falls once the loop is damped.
  private var rest = L(1)
  private var wasOn = L.Bits(0)

  init(_ setup: ModuleSetup) {
    let cycle = Int(setup.sampleRate / Self.lowest)
    line = setup.delayLine(seconds: 1 / Self.lowest)
    longest = Float(max(cycle - 1, 2))
    excitation = Excitation(Random(setup.randomBits(of: L.self)))
    random = excitation.random
  }

  mutating func process(_ io: ModuleIO<Self>) {
    switch ExcitationKind(rawValue: Int(io.input(.interface).value[lane: 0])) ?? .reed {
    case .pluck: run(io) { (e, x, force, _) in e.pluck(x, force) }
    case .hit: run(io) { (e, x, force, _) in e.hit(x, force) }
    case .reed: run(io) { (e, x, force, _) in e.reed(x, force) }
    case .flute: run(io) { $0.flute($1, $2, gate: $3) }
    case .brass: run(io) { (e, x, force, _) in e.brass(x, force) }
    case .bow: run(io) { (e, x, force, _) in e.bow(x, force) }
    case .bell: run(io) { (e, x, force, _) in e.bell(x, force) }
    case .drum: run(io) { (e, x, force, _) in e.drum(x, force) }
    case .crystal: run(io) { (e, x, force, _) in e.crystal(x, force) }
    case .vapor: run(io) { (e, x, force, _) in e.vapor(x, force) }
    case .quantum: run(io) { (e, x, force, _) in e.quantum(x, force) }
    case .plasma:
      let share = Excitation<L>.share(sampleRate: io.sampleRate)
      run(io) { excitation, x, intensity, _ in excitation.plasma(x, intensity, share: share) }
    }
  }

  /// The lengths of the lines and the coefficients of the filter.
  private struct Shape {
    var first: L, second: L
    var filter: ChamberlinFilter<L>.Coefficients
  }

  @inline(__always)
  private func shape(_ io: ModuleIO<Self>, at i: Int) -> Shape {
    let hertz = io.input(.frequency)[i] * L.exp2(L.clamp(io.input(.tuning)[i], L(-1), L(1)))
    let length = L(io.sampleRate) / L.maximum(hertz, L(1))
    let ratio = L.clamp(io.input(.ratio)[i], L(0.5), L(2))
    return Shape(
      first: L.clamp(length, L(2), L(longest)), second: L.clamp(length * ratio, L(2), L(longest)),
      filter: ChamberlinFilter.Coefficients(
        cycles: io.input(.cutoff)[i] * io.period, quality: L.clamp(io.input(.q)[i], L(0.5), L(20))))
  }

  /// - Parameter next: the excitation, its input, the intensity, and 1 where the gate is on.
  @inline(__always)
  private mutating func run(_ io: ModuleIO<Self>, _ next: (inout Excitation<L>, L, L, L) -> L) {
    let x = io.input(.in), level = io.input(.level), gate = io.input(.gate), intensity = io.input(.intensity)
    let feedback1 = io.input(.feedback1), feedback2 = io.input(.feedback2), feedback3 = io.input(.feedbackfilter)
    let form = io.input(.shape), noise = io.input(.noise), out = io.output(.out)
    let isConstant =
      io.input(.frequency).isConstant && io.input(.tuning).isConstant && io.input(.ratio).isConstant
      && io.input(.cutoff).isConstant && io.input(.q).isConstant
    var shape = shape(io, at: 0)
    var now = self
    for i in 0..<io.frames {
      if !isConstant { shape = now.shape(io, at: i) }
      let isOn = L.less(L(0.5), gate[i]), starts = isOn & (now.wasOn ^ L.Bits(-1))
      now.wasOn = isOn
      now.age = L.select(starts, .zero, now.age)
      let runs = isOn | L.less(.zero, level[i])
      now.damp = L.select(runs, L(1), now.damp * 0.995)
      now.rest = L.select(L.less(now.damp, L(Self.damped)), now.rest * 0.99, L(1))

      let back = L.fma(feedback1[i], now.first, L.fma(feedback2[i], now.second, feedback3[i] * now.filtered)) * 0.99
      now.blocked = L.fma(now.blocked, L(0.995), back - now.entered)
      now.entered = back
      // A number that is none must not stay in the loop.
      let motion = L.clamp(L.fma(now.blocked, now.damp, x[i]), L(-100), L(100))
      let on = L.select(isOn, L(1), .zero)
      let sound = next(&now.excitation, motion, L.clamp(intensity[i], .zero, L(1)), on) * now.rest

      // Frames written before the start fade; they count by their age.
      let age = L.truncated(now.age), old = L.clamp(L.fnma(now.age, L(1 / Self.fadeFrames), L(1)), .zero, L(1))
      let reach = L.select(L.less(now.age, L(900_000)), old, L(1))
      now.first = now.line.readLinear(shape.first, age: age, old: reach)
      now.second = now.line.readLinear(shape.second, age: age, old: reach)
      let grain = L.select(L.less(now.age, L(Self.noiseFrames)), now.random.next() * noise[i], .zero)
      now.line.write(sound + grain)
      now.age = L.minimum(now.age + L(1), L(1_000_000))

      now.filtered = now.filter.next((now.first + now.second) * 0.5, shape.filter, shape: form[i])
      out[i] = now.filtered
    }
    self = now
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Bore<Float>.self, Bore<Voices>.self) }
