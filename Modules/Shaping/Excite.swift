import DSP
import ModuleKit

/// The excitation of a physical model: what a plectrum, reed, bow or drum head makes of a motion.
///
/// The same twelve interfaces are in the loop of `bore`. The output is −1 … 1. `flute`, `bow`, `drum` and `quantum` have a
/// random part, the same one in every render. Some sound without an input: `brass` blows, `bell` and `vapor` go on.
struct Excite<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, interface, intensity, gate, noise

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .interface: .choice("Kind of exciter", ExcitationKind.allCases.map { "\($0)" }, default: "reed")
      case .intensity: .amount("Strength of the excitation", default: 0.5, range: 0...1)
      case .gate: .gate("The flute is blown while above 0.5")
      case .noise: .amount("Level of the random part", default: 1, range: 0...1)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The excitation" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "excite", .shaping, "Exciter of a physical model", tail: nil,
      otherNames: OtherNames("exciter of a physical model, reed table, bow table, jet"))
  }

  private var excitation: Excitation<L>

  init(_ setup: ModuleSetup) { excitation = Excitation(Random(setup.randomBits(of: L.self))) }

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

  /// - Parameter next: the excitation, its input, the intensity, and 1 where the gate is on.
  @inline(__always)
  private mutating func run(_ io: ModuleIO<Self>, _ next: (inout Excitation<L>, L, L, L) -> L) {
    let x = io.input(.in), intensity = io.input(.intensity), gate = io.input(.gate)
    let noise = io.input(.noise), out = io.output(.out)
    var excitation = excitation
    for i in 0..<io.frames {
      let isOn = L.select(L.less(L(0.5), gate[i]), L(1), .zero)
      excitation.noise = noise[i]
      // Beyond it every interface is saturated; a number that is none must not stay in the past.
      out[i] = next(&excitation, L.clamp(x[i], L(-100), L(100)), L.clamp(intensity[i], .zero, L(1)), isOn)
    }
    self.excitation = excitation
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Excite<Float>.self, Excite<Voices>.self) }
