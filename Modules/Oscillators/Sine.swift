import DSP
import ModuleKit

/// A pure sine: the phase is exact, the wave a polynomial (THD+N below −120 dB).
///
/// `phase` shifts it in cycles, for phase modulation; `fm` adds to the frequency, through zero.
struct Sine<L: Lane>: Module {
  enum In: Int, InputPort {
    case frequency, gain, phase, fm

    var spec: ParamSpec {
      switch self {
      case .frequency: .frequency()
      case .gain: .gain()
      case .phase: .amount("Shift of the wave", default: 0, range: -1_000...1_000, unit: .cycles)
      case .fm: .linearFM()
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The sine, −gain … gain" }
  }
  static var about: ModuleAbout { ModuleAbout("sine", .oscillators, "Sine wave", tail: nil) }

  private var phase = Phase<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let frequency = io.input(.frequency), gain = io.input(.gain), shift = io.input(.phase), fm = io.input(.fm)
    let out = io.output(.out)
    let period = L(io.period)
    var at = phase
    if shift.isConstant && fm.isConstant {
      let offset = Phase<L>.wrappedStep(shift.value), add = fm.value
      for i in 0..<io.frames {
        out[i] = L.sineOfHalfCycle(Phase<L>(bits: at.bits &+ offset).halfCycles) * gain[i]
        at.advance(by: Phase<L>.step((frequency[i] + add) * period))
      }
    } else {
      for i in 0..<io.frames {
        let moved = Phase<L>(bits: at.bits &+ Phase<L>.wrappedStep(shift[i]))
        out[i] = L.sineOfHalfCycle(moved.halfCycles) * gain[i]
        at.advance(by: Phase<L>.step((frequency[i] + fm[i]) * period))
      }
    }
    phase = at
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Sine<Float>.self, Sine<Voices>.self) }
