import DSP
import ModuleKit

/// A repeated pulse with ramps: rises, stays, falls, and is 0 for the gap.
///
/// `ramp` is each ramp's share of the audible part; from 0.5 on nothing is flat, 0 makes a rectangle.
struct Trapezoid<L: Lane>: Module {
  enum In: Int, InputPort {
    case rate, ramp, gap, sync

    var spec: ParamSpec {
      switch self {
      case .rate: .rate("Pulses per second", default: 4)
      case .ramp: .amount("Share of each ramp in the audible part", default: 0.2, range: 0...1)
      case .gap: .amount("Silent share of the cycle", default: 0.15, range: 0...1)
      case .sync: .sync()
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The pulse, 0 … 1" }
    var range: ClosedRange<Float>? { 0...1 }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "trapezoid", .envelopes, "Trapezoid pulse oscillator", tail: nil,
      otherNames: OtherNames("repeated pulse, trapezoidal LFO, gated tremolo", max: "train~"))
  }

  private var phase = SlowPhase<L>()
  private var lastSync = L.zero

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let rate = io.input(.rate), ramp = io.input(.ramp), gap = io.input(.gap), sync = io.input(.sync)
    let out = io.output(.out), period = L(io.period)
    for i in 0..<io.frames {
      phase.reset(in: L.less(.zero, sync[i]) & (L.less(.zero, lastSync) ^ L.Bits(-1)))
      lastSync = sync[i]
      let half = Phase<L>(bits: phase.bits).halfCycles
      let place = half + L.select(L.less(half, .zero), L(1), .zero)
      out[i] = L.trapezoid(place, ramp: ramp[i], gap: gap[i])
      phase.advance(by: SlowPhase<L>.Step(rate[i] * period))
    }
  }
}

extension Trapezoid: PackedModule where L == Float { typealias Eight = Trapezoid<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Trapezoid<Float>.self, Trapezoid<Voices>.self) }
