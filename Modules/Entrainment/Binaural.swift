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
      case .base: .frequency("Centre frequency of the two sines", default: 200)
      case .beat:
        .amount("Frequency difference between left and right", default: 4, range: -1_000...1_000, unit: .hertz)
      case .gain: .gain()
      case .phaseleft: .amount("Phase of the left sine", default: 0, range: -1_000...1_000, unit: .cycles)
      case .phaseright: .amount("Phase of the right sine", default: 0, range: -1_000...1_000, unit: .cycles)
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
  static var about: ModuleAbout {
    ModuleAbout(
      "binaural", .entrainment, "Binaural beat: one sine for each ear", tail: nil,
      otherNames: OtherNames("binaural beats, brainwave, entrainment, theta, alpha, delta"))
  }

  private var low = Phase<L>(), high = Phase<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let base = io.input(.base), beat = io.input(.beat), gain = io.input(.gain)
    let phaseLeft = io.input(.phaseleft), phaseRight = io.input(.phaseright)
    let fmLeft = io.input(.fmleft), fmRight = io.input(.fmright)
    let gainLeft = io.input(.gainleft), gainRight = io.input(.gainright)
    let left = io.output(.left), right = io.output(.right), period = L(io.period)
    var low = low, high = high
    for i in (L.count == 1 ? runEight(io, &low, &high) : 0)..<io.frames {
      let steps = Self.steps(base[i], beat[i], fmLeft[i], fmRight[i], period)
      low.advance(by: steps.low)
      high.advance(by: steps.high)
      left[i] = Self.output(low, phaseLeft[i], gain[i], gainLeft[i])
      right[i] = Self.output(high, phaseRight[i], gain[i], gainRight[i])
    }
    self.low = low
    self.high = high
  }

  /// One voice: eight frames in a vector.
  ///
  /// - Returns: the frames that are done.
  @inline(__always)
  private func runEight(_ io: ModuleIO<Self>, _ low: inout Phase<L>, _ high: inout Phase<L>) -> Int {
    let base = io.input(.base), beat = io.input(.beat), gain = io.input(.gain)
    let fmLeft = io.input(.fmleft), fmRight = io.input(.fmright), period = Voices(io.period)
    let left = io.output(.left), right = io.output(.right)
    let isConstant = base.isConstant && beat.isConstant && fmLeft.isConstant && fmRight.isConstant
    func steps(_ i: Int) -> (low: SIMD8<Int32>, high: SIMD8<Int32>) {
      Binaural<Voices>.steps(
        base.eight(from: i, lane: 0), beat.eight(from: i, lane: 0), fmLeft.eight(from: i, lane: 0),
        fmRight.eight(from: i, lane: 0), period)
    }
    var done = 0, now = steps(0)
    while done &+ 8 <= io.frames {
      if !isConstant { now = steps(done) }
      let lows = Phase<Voices>(after: low.bits[lane: 0], steps: now.low, areEqual: isConstant)
      let highs = Phase<Voices>(after: high.bits[lane: 0], steps: now.high, areEqual: isConstant)
      low.bits[lane: 0] = lows.bits[7]
      high.bits[lane: 0] = highs.bits[7]
      func output(_ phase: Phase<Voices>, _ shift: In, _ side: In) -> Voices {
        Binaural<Voices>.output(
          phase, io.input(shift).eight(from: done, lane: 0), gain.eight(from: done, lane: 0),
          io.input(side).eight(from: done, lane: 0))
      }
      output(lows, .phaseleft, .gainleft).write(to: left, from: done, lane: 0)
      output(highs, .phaseright, .gainright).write(to: right, from: done, lane: 0)
      done &+= 8
    }
    return done
  }

  @inline(__always)
  private static func steps(_ base: L, _ beat: L, _ fmLeft: L, _ fmRight: L, _ period: L) -> (low: L.Bits, high: L.Bits)
  {
    let half = beat * 0.5
    return (
      step(L.maximum(base - half + fmLeft, .zero) * period), step(L.maximum(base + half + fmRight, .zero) * period)
    )
  }

  /// Clamped below half the rate.
  @inline(__always)
  private static func step(_ cycles: L) -> L.Bits { Phase<L>.step(L.minimum(cycles, L(0.499))) }

  @inline(__always)
  private static func output(_ phase: Phase<L>, _ shift: L, _ gain: L, _ side: L) -> L {
    L.sineOfHalfCycle(Phase<L>(bits: phase.bits &+ Phase<L>.wrappedStep(shift)).halfCycles) * (gain * side)
  }
}

extension Binaural: PackedModule where L == Float { typealias Eight = Binaural<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Binaural<Float>.self, Binaural<Voices>.self) }
