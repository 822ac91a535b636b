import DSP
import ModuleKit

/// Two sines, one per ear, that differ by the beat: base − beat / 2 on the left, base + beat / 2 on the right.
///
/// Phases are in cycles and apply before the first frame, as in the reference: the first sample is one step further.
/// `fmleft`, `fmright` (vibrato) and `gainleft`, `gainright` (tremolo) act on one ear each.
struct Binaural<L: Lane>: Module {
  enum In: Int, InputPort {
    case base, beat, gain, phaseleft, phaseright, fmleft, fmright, gainleft, gainright

    var spec: ParamSpec {
      switch self {
      case .base: .frequency("Pitch in the middle", default: 200)
      case .beat:
        .amount("Difference of the ears", default: 4, range: -1_000...1_000, unit: .hertz)
      case .gain: .gain()
      case .phaseleft: .amount("Shift of the left sine", default: 0, range: -1_000...1_000, unit: .cycles)
      case .phaseright: .amount("Shift of the right sine", default: 0, range: -1_000...1_000, unit: .cycles)
      case .fmleft: .linearFM("Added to the left frequency")
      case .fmright: .linearFM("Added to the right frequency")
      case .gainleft: .gain("Amplitude of the left sine", default: 1)
      case .gainright: .gain("Amplitude of the right sine", default: 1)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The lower sine, −gain … gain" : "The upper sine, −gain … gain" }
  }
  static var about: ModuleAbout { ModuleAbout("binaural", .entrainment, "One sine for each ear", tail: nil) }

  private var low = Phase<L>(), high = Phase<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let base = io.input(.base), beat = io.input(.beat), gain = io.input(.gain)
    let phaseLeft = io.input(.phaseleft), phaseRight = io.input(.phaseright)
    let fmLeft = io.input(.fmleft), fmRight = io.input(.fmright)
    let gainLeft = io.input(.gainleft), gainRight = io.input(.gainright)
    let left = io.output(.left), right = io.output(.right), period = L(io.period)
    var low = low, high = high
    for i in 0..<io.frames {
      let half = beat[i] * 0.5
      low.advance(by: Self.step(L.maximum(base[i] - half + fmLeft[i], .zero) * period))
      high.advance(by: Self.step(L.maximum(base[i] + half + fmRight[i], .zero) * period))
      left[i] = Self.sine(low, phaseLeft[i]) * (gain[i] * gainLeft[i])
      right[i] = Self.sine(high, phaseRight[i]) * (gain[i] * gainRight[i])
    }
    self.low = low
    self.high = high
  }

  /// Clamped below half the rate.
  @inline(__always)
  private static func step(_ cycles: L) -> L.Bits { Phase<L>.step(L.minimum(cycles, L(0.499))) }

  @inline(__always)
  private static func sine(_ phase: Phase<L>, _ shift: L) -> L {
    L.sineOfHalfCycle(Phase<L>(bits: phase.bits &+ Phase<L>.wrappedStep(shift)).halfCycles)
  }
}

extension Binaural: PackedModule where L == Float { typealias Eight = Binaural<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Binaural<Float>.self, Binaural<Voices>.self) }
