import DSP
import ModuleKit

/// A sine that swells `beat` times per second and is then distorted: the louder, the more overtones.
///
/// The curve is gain · tanh(shape · x) / tanh(shape), so a full swell has the same level at every shape.
struct Rhythmic<L: Lane>: Module {
  enum In: Int, InputPort {
    case base, beat, depth, shape, gain, pan

    var spec: ParamSpec {
      switch self {
      case .base: .frequency("Pitch of the sine", default: 200)
      case .beat: .rate("Modulation rate", default: 4)
      case .depth: .amount("Depth from none (0) to silence between swells (1)", default: 1, range: 0...1)
      case .shape: .amount("Amount of distortion", default: 5, range: 0.000_001...100)
      case .gain: .gain(default: 0.25)
      case .pan: .amount("Position from left (−1) to right (1), with equal power", default: 0, range: -1...1)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "Left signal" : "Right signal" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "rhythmic", .entrainment, "Amplitude-modulated sine with distortion", tail: nil,
      otherNames: OtherNames("rhythmic waveshaping, pulsed tone, entrainment"))
  }

  private var carrier = Phase<L>()
  private var swell = SlowPhase<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let base = io.input(.base), beat = io.input(.beat), depth = io.input(.depth), shape = io.input(.shape)
    let gain = io.input(.gain), pan = io.input(.pan)
    let left = io.output(.left), right = io.output(.right), period = L(io.period)
    for i in 0..<io.frames {
      let slow = L.sineOfHalfCycle(Phase<L>(bits: swell.bits).halfCycles)
      let level = L(1) - depth[i] * L.fnma(slow, L(0.5), L(0.5))
      let x = L.sineOfHalfCycle(carrier.halfCycles) * level
      let y = L.hyperbolicTangent(shape[i] * x) / L.hyperbolicTangent(shape[i]) * gain[i]
      carrier.advance(by: Phase<L>.step(base[i] * period))
      swell.advance(by: SlowPhase<L>.Step(beat[i] * period))
      let angle = L.fma(pan[i], L(0.125), L(0.125))
      left[i] = y * L.sineOfHalfCycle(L(0.25) - angle)
      right[i] = y * L.sineOfHalfCycle(angle)
    }
  }
}

extension Rhythmic: PackedModule where L == Float { typealias Eight = Rhythmic<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Rhythmic<Float>.self, Rhythmic<Voices>.self) }
