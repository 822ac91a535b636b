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
      case .beat: .rate("Pulses per second", default: 4)
      case .ramp: .amount("Share of each ramp in the audible part", default: 0.2, range: 0...1)
      case .gap: .amount("Silent share of the cycle", default: 0.15, range: 0...1)
      case .gain: .gain()
      case .pan: .amount("Position from left (−1) to right (1), with equal power", default: 0, range: -1...1)
      case .fmleft: .linearFM("Added to the left frequency")
      case .fmright: .linearFM("Added to the right frequency")
      case .phaseleft: .amount("Phase of the left sine", default: 0, range: -1_000...1_000, unit: .cycles)
      case .phaseright: .amount("Phase of the right sine", default: 0, range: -1_000...1_000, unit: .cycles)
      case .gainleft: .gain("Amplitude on the left", default: 1)
      case .gainright: .gain("Amplitude on the right", default: 1)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "Left signal" : "Right signal" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "isochronic", .entrainment, "Isochronic beat: a pulsed sine", tail: nil,
      otherNames: OtherNames("isochronic tones, pulsed tone, entrainment, brainwave"))
  }

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
    for i in (L.count == 1 ? runEight(io, &low, &high, &pulse) : 0)..<io.frames {
      // As in the reference the pulse is a step ahead of the carrier.
      pulse.advance(by: SlowPhase<L>.Step(beat[i] * period))
      let level = Self.level(Phase(bits: pulse.bits), ramp[i], gap[i], gain[i]), sides = Self.sides(pan[i])
      left[i] = Self.output(low, phaseLeft[i], level, gainLeft[i], sides.left)
      right[i] = Self.output(high, phaseRight[i], level, gainRight[i], sides.right)
      low.advance(by: Self.step(base[i], fmLeft[i], period))
      high.advance(by: Self.step(base[i], fmRight[i], period))
    }
    carrierLeft = low
    carrierRight = high
    self.pulse = pulse
  }

  /// One voice: eight frames in a vector.
  ///
  /// - Returns: the frames that are done.
  @inline(__always)
  private func runEight(
    _ io: ModuleIO<Self>, _ low: inout Phase<L>, _ high: inout Phase<L>, _ pulse: inout SlowPhase<L>
  ) -> Int {
    let base = io.input(.base), beat = io.input(.beat), pan = io.input(.pan), period = Voices(io.period)
    let fmLeft = io.input(.fmleft), fmRight = io.input(.fmright)
    let isConstant = base.isConstant && fmLeft.isConstant && fmRight.isConstant
    func eight(_ input: In, _ i: Int) -> Voices { io.input(input).eight(from: i, lane: 0) }
    func steps(_ i: Int) -> (low: SIMD8<Int32>, high: SIMD8<Int32>) {
      let middle = base.eight(from: i, lane: 0)
      return (
        Isochronic<Voices>.step(middle, fmLeft.eight(from: i, lane: 0), period),
        Isochronic<Voices>.step(middle, fmRight.eight(from: i, lane: 0), period)
      )
    }
    var done = 0, now = steps(0), places = SIMD8<Int32>(repeating: 0),
      sides = Isochronic<Voices>.sides(pan.eight(from: 0, lane: 0))
    var rate = SlowPhase<L>.Step(beat[0] * L(io.period))
    while done &+ 8 <= io.frames {
      if !isConstant { now = steps(done) }
      if !pan.isConstant { sides = Isochronic<Voices>.sides(eight(.pan, done)) }
      for k in 0..<8 {
        if !beat.isConstant { rate = SlowPhase<L>.Step(beat[done &+ k] * L(io.period)) }
        pulse.advance(by: rate)
        places[k] = pulse.bits[lane: 0]
      }
      let level = Isochronic<Voices>.level(
        Phase(bits: places), eight(.ramp, done), eight(.gap, done), eight(.gain, done))
      let lows = Phase<Voices>(after: low.bits[lane: 0], steps: now.low, areEqual: isConstant)
      let highs = Phase<Voices>(after: high.bits[lane: 0], steps: now.high, areEqual: isConstant)
      low.bits[lane: 0] = lows.bits[7]
      high.bits[lane: 0] = highs.bits[7]
      // The step of a frame counts from the next one on.
      let lowPlaces = Phase<Voices>(bits: SIMD8<Int32>.wrappingDifference(lows.bits, now.low))
      let highPlaces = Phase<Voices>(bits: SIMD8<Int32>.wrappingDifference(highs.bits, now.high))
      Isochronic<Voices>.output(lowPlaces, eight(.phaseleft, done), level, eight(.gainleft, done), sides.left)
        .write(to: io.output(.left), from: done, lane: 0)
      Isochronic<Voices>.output(highPlaces, eight(.phaseright, done), level, eight(.gainright, done), sides.right)
        .write(to: io.output(.right), from: done, lane: 0)
      done &+= 8
    }
    return done
  }

  /// From 0 to below half the rate.
  @inline(__always)
  private static func step(_ base: L, _ fm: L, _ period: L) -> L.Bits {
    Phase<L>.step(L.clamp((base + fm) * period, .zero, L(0.499)))
  }

  /// The gains of a pan.
  @inline(__always)
  private static func sides(_ pan: L) -> (left: L, right: L) {
    let angle = L.fma(pan, L(0.125), L(0.125))
    return (L.sineOfHalfCycle(L(0.25) - angle), L.sineOfHalfCycle(angle))
  }

  /// The level of a pulse at its place.
  @inline(__always)
  private static func level(_ pulse: Phase<L>, _ ramp: L, _ gap: L, _ gain: L) -> L {
    let half = pulse.halfCycles
    return L.trapezoid(half + L.select(L.less(half, .zero), L(1), .zero), ramp: ramp, gap: gap) * gain
  }

  @inline(__always)
  private static func output(_ phase: Phase<L>, _ shift: L, _ level: L, _ gain: L, _ side: L) -> L {
    L.sineOfHalfCycle(Phase<L>(bits: phase.bits &+ Phase<L>.wrappedStep(shift)).halfCycles) * (level * gain) * side
  }
}

extension Isochronic: PackedModule where L == Float { typealias Eight = Isochronic<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = {
  Registry.from($0).add(Isochronic<Float>.self, Isochronic<Voices>.self)
}
