import DSP
import ModuleKit

/// Moves a pitch to the nearest note of a scale. Pitches are octaves from A4, as those of `notes`.
///
/// `root` is the scale's first note in semitones above C; `tuning` places its notes: equal steps, or pure
/// ratios above the root. `changed` is 1 for one frame whenever the note changes.
struct Quantize<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, root, scale, tuning

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Pitch in octaves from A4")
      case .root: .count("First note of the scale, semitones above C", default: 0, range: 0...11)
      case .scale: .choice("Scale", PitchScale.allCases.map { "\($0)" }, default: "major")
      case .tuning: .choice("Tuning of the notes", PitchTuning.allCases.map { "\($0)" }, default: "equal")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out, changed
    var summary: String { self == .out ? "The nearest note, octaves from A4" : "1 for one frame at each new note" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "quantize", .shaping, "Quantizer: nearest note of a scale", tail: nil,
      otherNames: OtherNames(
        "quantizer, quantiser, scale, snap to note, tuning", superCollider: "DegreeToKey, Quantizer", vcv: "Quantizer"))
  }

  private var last = L(.infinity)

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), out = io.output(.out), changed = io.output(.changed)
    let scale = PitchScale(rawValue: Int(io.input(.scale).value[lane: 0])) ?? .major
    let tuning = PitchTuning(rawValue: Int(io.input(.tuning).value[lane: 0])) ?? .equal
    // From A4 to the root below it, in octaves.
    let root = L((io.input(.root).value[lane: 0] - 9) / 12)
    var note = x.isConstant ? scale.nearest(x.value - root, tuning) + root : .zero
    for i in 0..<io.frames {
      if !x.isConstant { note = scale.nearest(x[i] - root, tuning) + root }
      out[i] = note
      changed[i] = L.select(L.differ(note, last), L(1), .zero)
      last = note
    }
  }
}

extension Quantize: PackedModule where L == Float { typealias Eight = Quantize<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Quantize<Float>.self, Quantize<Voices>.self) }
