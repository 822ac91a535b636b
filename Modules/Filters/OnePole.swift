import DSP
import ModuleKit

/// First-order filter, 6 dB per octave: low-pass and high-pass; their sum is the input.
/// - Source: the structure is that of `TrapezoidalIntegrator`.
struct OnePole<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, cutoff

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .cutoff: .cutoff()
      }
    }
  }
  enum Out: Int, OutputPort {
    case low, high
    var summary: String { self == .low ? "Low-pass output" : "High-pass output" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "onepole", .filters, "First-order low-pass and high-pass", tail: 1,
      otherNames: OtherNames(
        "one-pole, filter, lowpass, low-pass, lpf, highpass, high-pass, hpf, tone control, tilt, smoothing",
        superCollider: "OnePole, LPF, HPF", pureData: "lop~, hip~", max: "onepole~"))
  }

  private var state = L.zero
  private var cutoff = L.zero
  private var trend = GridTrend<L>()
  private var ramp = GridRamp<TrapezoidalIntegrator<L>>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), corner = io.input(.cutoff), low = io.output(.low), high = io.output(.high)
    var ramp = ramp, state = state, last = cutoff, trend = trend
    io.alongGrid(
      &ramp, isAudioRate: corner.isAudioRate,
      next: { i, isOnGrid in
        let next = corner.target(at: i, isOnGrid, &trend)
        if L.differ(next, last).signs == 0 { return nil }
        last = next
        return TrapezoidalIntegrator(frequency: last * io.period)
      },
      run: { frames, filter, step in
        for i in frames {
          let y = filter.step(x[i], &state)
          low[i] = y
          high[i] = x[i] - y
          filter.advance(by: step)
        }
      })
    self.ramp = ramp
    self.state = state
    cutoff = last
    self.trend = trend
  }
}

extension OnePole: PackedModule where L == Float {
  typealias Eight = OnePole<Voices>
  static var shared: [PartialKeyPath<Self>] { [\.ramp.isMoving, \.ramp.isSet] }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(OnePole<Float>.self, OnePole<Voices>.self) }
