import DSP
import ModuleKit

/// A pulsed sine, `beat` pulses per second; each is a trapezoid (see `trapezoid`).
///
/// `fmleft`, `fmright`, `phaseleft`, `phaseright`, `gainleft` and `gainright` act on one ear each: the ears differ
/// where these do.
struct Isochronic<L: Lane>: Module {
  enum In: Int, InputPort {
    case base, beat, ramp, gap, gain, pan, fmleft, fmright, phaseleft, phaseright, gainleft, gainright

    var spec: ParamSpec {
      switch self {
      case .base: .frequency("Pitch of the sine", default: 200)
      case .beat: .rate("Pulses a second", default: 4)
      case .ramp: .amount("Each ramp's share of the audible part", default: 0.2, range: 0...1)
      case .gap: .amount("Silent share of the cycle", default: 0.15, range: 0...1)
      case .gain: .gain()
      case .pan: .amount("From left (−1) to right (1), with equal power", default: 0, range: -1...1)
      case .fmleft: .linearFM("Added to the left frequency")
      case .fmright: .linearFM("Added to the right frequency")
      case .phaseleft: .amount("Shift of the left sine", default: 0, range: -1_000...1_000, unit: .cycles)
      case .phaseright: .amount("Shift of the right sine", default: 0, range: -1_000...1_000, unit: .cycles)
      case .gainleft: .gain("Amplitude on the left", default: 1)
      case .gainright: .gain("Amplitude on the right", default: 1)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The left part" : "The right part" }
  }
  static var about: ModuleAbout { ModuleAbout("isochronic", .entrainment, "A sine in pulses", tail: nil) }

  private var carrierLeft = Phase<L>(), carrierRight = Phase<L>()
  private var pulse = SlowPhase<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let base = io.input(.base), beat = io.input(.beat), ramp = io.input(.ramp), gap = io.input(.gap)
    let gain = io.input(.gain), pan = io.input(.pan)
    let fmLeft = io.input(.fmleft), fmRight = io.input(.fmright)
    let phaseLeft = io.input(.phaseleft), phaseRight = io.input(.phaseright)
    let gainLeft = io.input(.gainleft), gainRight = io.input(.gainright)
    let left = io.output(.left), right = io.output(.right), period = L(io.period)
    var low = carrierLeft, high = carrierRight, pulse = pulse
    for i in 0..<io.frames {
      // As in the reference the pulse is a step ahead of the carrier.
      pulse.advance(by: SlowPhase<L>.Step(beat[i] * period))
      let half = Phase<L>(bits: pulse.bits).halfCycles
      let place = half + L.select(L.less(half, .zero), L(1), .zero)
      let level = L.trapezoid(place, ramp: ramp[i], gap: gap[i]) * gain[i]
      let a = Self.sine(low, phaseLeft[i]) * (level * gainLeft[i])
      let b = Self.sine(high, phaseRight[i]) * (level * gainRight[i])
      low.advance(by: Self.step((base[i] + fmLeft[i]) * period))
      high.advance(by: Self.step((base[i] + fmRight[i]) * period))
      let angle = L.fma(pan[i], L(0.125), L(0.125))
      left[i] = a * L.sineOfHalfCycle(L(0.25) - angle)
      right[i] = b * L.sineOfHalfCycle(angle)
    }
    carrierLeft = low
    carrierRight = high
    self.pulse = pulse
  }

  /// From 0 to below half the rate.
  @inline(__always)
  private static func step(_ cycles: L) -> L.Bits { Phase<L>.step(L.clamp(cycles, .zero, L(0.499))) }

  @inline(__always)
  private static func sine(_ phase: Phase<L>, _ shift: L) -> L {
    L.sineOfHalfCycle(Phase<L>(bits: phase.bits &+ Phase<L>.wrappedStep(shift)).halfCycles)
  }
}

extension Isochronic: PackedModule where L == Float { typealias Eight = Isochronic<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = {
  Registry.from($0).add(Isochronic<Float>.self, Isochronic<Voices>.self)
}
