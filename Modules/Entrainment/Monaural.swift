import DSP
import ModuleKit

/// Two sines on both sides: base − beat / 2 and base + beat / 2, whose sum beats `beat` times per second.
///
/// As in the reference the first sample is one step into the cycle. The phases apply before the first frame.
struct Monaural<L: Lane>: Module {
  enum In: Int, InputPort {
    case base, beat, lower, upper, phaselower, phaseupper

    var spec: ParamSpec {
      switch self {
      case .base: .frequency("Pitch in the middle", default: 200)
      case .beat: .amount("Beats a second", default: 4, range: -1_000...1_000, unit: .hertz)
      case .lower: .gain("Amplitude of the lower sine", default: 0.4)
      case .upper: .gain("Amplitude of the upper sine", default: 0.4)
      case .phaselower: .amount("Shift of the lower sine", default: 0, range: -1_000...1_000, unit: .cycles)
      case .phaseupper: .amount("Shift of the upper sine", default: 0, range: -1_000...1_000, unit: .cycles)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The two sines together" }
  }
  static var about: ModuleAbout { ModuleAbout("monaural", .entrainment, "Two sines that beat", tail: nil) }

  private var low = Phase<L>(), high = Phase<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let base = io.input(.base), beat = io.input(.beat), lower = io.input(.lower), upper = io.input(.upper)
    let phaseLower = io.input(.phaselower), phaseUpper = io.input(.phaseupper)
    let out = io.output(.out), period = L(io.period)
    var low = low, high = high
    for i in 0..<io.frames {
      let half = beat[i] * 0.5
      low.advance(by: Phase<L>.step(L.maximum(base[i] - half, .zero) * period))
      high.advance(by: Phase<L>.step(L.maximum(base[i] + half, .zero) * period))
      out[i] = L.fma(Self.sine(low, phaseLower[i]), lower[i], Self.sine(high, phaseUpper[i]) * upper[i])
    }
    self.low = low
    self.high = high
  }

  @inline(__always)
  private static func sine(_ phase: Phase<L>, _ shift: L) -> L {
    L.sineOfHalfCycle(Phase<L>(bits: phase.bits &+ Phase<L>.wrappedStep(shift)).halfCycles)
  }
}

extension Monaural: PackedModule where L == Float { typealias Eight = Monaural<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Monaural<Float>.self, Monaural<Voices>.self) }
