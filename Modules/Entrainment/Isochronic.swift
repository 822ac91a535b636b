import DSP
import ModuleKit

/// A sine in pulses, `beat` of them a second; each is a trapezoid (see `trapezoid`).
struct Isochronic<L: Lane>: Module {
  enum In: Int, InputPort {
    case base, beat, ramp, gap, gain, pan

    var spec: ParamSpec {
      switch self {
      case .base: .frequency("Pitch of the sine", default: 200)
      case .beat: .rate("Pulses a second", default: 4)
      case .ramp: .amount("Each ramp's share of the audible part", default: 0.2, range: 0...1)
      case .gap: .amount("Silent share of the cycle", default: 0.15, range: 0...1)
      case .gain: .gain()
      case .pan: .amount("From left (−1) to right (1), with equal power", default: 0, range: -1...1)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The left part" : "The right part" }
  }
  static var about: ModuleAbout { ModuleAbout("isochronic", .entrainment, "A sine in pulses", tail: nil) }

  private var carrier = Phase<L>()
  private var pulse = SlowPhase<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let base = io.input(.base), beat = io.input(.beat), ramp = io.input(.ramp), gap = io.input(.gap)
    let gain = io.input(.gain), pan = io.input(.pan)
    let left = io.output(.left), right = io.output(.right), period = L(io.period)
    var carrier = carrier, pulse = pulse
    for i in 0..<io.frames {
      // As in the reference the pulse is a step ahead of the carrier.
      pulse.advance(by: SlowPhase<L>.Step(beat[i] * period))
      let half = Phase<L>(bits: pulse.bits).halfCycles
      let place = half + L.select(L.less(half, .zero), L(1), .zero)
      let level = L.trapezoid(place, ramp: ramp[i], gap: gap[i]) * gain[i]
      let sound = L.sineOfHalfCycle(carrier.halfCycles) * level
      carrier.advance(by: Phase<L>.step(base[i] * period))
      let angle = L.fma(pan[i], L(0.125), L(0.125))
      left[i] = sound * L.sineOfHalfCycle(L(0.25) - angle)
      right[i] = sound * L.sineOfHalfCycle(angle)
    }
    self.carrier = carrier
    self.pulse = pulse
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = {
  Registry.from($0).add(Isochronic<Float>.self, Isochronic<Voices>.self)
}
