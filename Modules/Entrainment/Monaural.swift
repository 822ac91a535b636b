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
      case .base: .frequency("Centre frequency of the two sines", default: 200)
      case .beat: .amount("Beats per second", default: 4, range: -1_000...1_000, unit: .hertz)
      case .lower: .gain("Amplitude of the lower sine", default: 0.4)
      case .upper: .gain("Amplitude of the upper sine", default: 0.4)
      case .phaselower: .amount("Phase of the lower sine", default: 0, range: -1_000...1_000, unit: .cycles)
      case .phaseupper: .amount("Phase of the upper sine", default: 0, range: -1_000...1_000, unit: .cycles)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Sum of the two sines" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "monaural", .entrainment, "Monaural beat: sum of two sines", tail: nil,
      otherNames: OtherNames("monaural beats, beating, entrainment"))
  }

  private var low = Phase<L>(), high = Phase<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let base = io.input(.base), beat = io.input(.beat), lower = io.input(.lower), upper = io.input(.upper)
    let phaseLower = io.input(.phaselower), phaseUpper = io.input(.phaseupper)
    let out = io.output(.out), period = L(io.period)
    var low = low, high = high
    for i in (L.count == 1 ? runEight(io, &low, &high) : 0)..<io.frames {
      let steps = Self.steps(base[i], beat[i], period)
      low.advance(by: steps.low)
      high.advance(by: steps.high)
      out[i] = Self.sum(Self.sine(low, phaseLower[i]), lower[i], Self.sine(high, phaseUpper[i]), upper[i])
    }
    self.low = low
    self.high = high
  }

  /// One voice: eight frames in a vector.
  ///
  /// - Returns: the frames that are done.
  @inline(__always)
  private func runEight(_ io: ModuleIO<Self>, _ low: inout Phase<L>, _ high: inout Phase<L>) -> Int {
    let base = io.input(.base), beat = io.input(.beat), period = Voices(io.period), out = io.output(.out)
    let isConstant = base.isConstant && beat.isConstant
    func steps(_ i: Int) -> (low: SIMD8<Int32>, high: SIMD8<Int32>) {
      Monaural<Voices>.steps(base.eight(from: i, lane: 0), beat.eight(from: i, lane: 0), period)
    }
    var done = 0, now = steps(0)
    while done &+ 8 <= io.frames {
      if !isConstant { now = steps(done) }
      let lows = Phase<Voices>(after: low.bits[lane: 0], steps: now.low, areEqual: isConstant)
      let highs = Phase<Voices>(after: high.bits[lane: 0], steps: now.high, areEqual: isConstant)
      low.bits[lane: 0] = lows.bits[7]
      high.bits[lane: 0] = highs.bits[7]
      func eight(_ input: In) -> Voices { io.input(input).eight(from: done, lane: 0) }
      let lower = Monaural<Voices>.sine(lows, eight(.phaselower)),
        upper = Monaural<Voices>.sine(highs, eight(.phaseupper))
      Monaural<Voices>.sum(lower, eight(.lower), upper, eight(.upper)).write(to: out, from: done, lane: 0)
      done &+= 8
    }
    return done
  }

  @inline(__always)
  private static func steps(_ base: L, _ beat: L, _ period: L) -> (low: L.Bits, high: L.Bits) {
    let half = beat * 0.5
    return (
      Phase<L>.step(L.maximum(base - half, .zero) * period), Phase<L>.step(L.maximum(base + half, .zero) * period)
    )
  }

  @inline(__always)
  private static func sum(_ low: L, _ lower: L, _ high: L, _ upper: L) -> L { L.fma(low, lower, high * upper) }

  @inline(__always)
  private static func sine(_ phase: Phase<L>, _ shift: L) -> L {
    L.sineOfHalfCycle(Phase<L>(bits: phase.bits &+ Phase<L>.wrappedStep(shift)).halfCycles)
  }
}

extension Monaural: PackedModule where L == Float { typealias Eight = Monaural<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Monaural<Float>.self, Monaural<Voices>.self) }
