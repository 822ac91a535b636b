import DSP
import ModuleKit

/// Splits a signal in two, 24 dB per octave each; the parts sum to the input with an all-pass phase.
/// - Source: S. H. Linkwitz, "Active crossover networks for noncoincident drivers" (1976): two second-order
///   Butterworth filters in a row on either side.
struct Crossover<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, cutoff

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .cutoff: .cutoff("Crossover frequency, both outputs at −6 dB")
      }
    }
  }
  enum Out: Int, OutputPort {
    case low, high
    var summary: String { self == .low ? "Low band" : "High band" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "crossover", .filters, "Crossover: low and high bands", tail: 1,
      otherNames: OtherNames("band split, multiband, Linkwitz-Riley, splitter, filter", max: "cross~"))
  }

  /// Band and low of the first filter and of those behind its two outputs.
  private var first = (L.zero, L.zero), lower = (L.zero, L.zero), upper = (L.zero, L.zero)
  private var cutoff = L.zero
  private var trend = GridTrend<L>()
  private var ramp = GridRamp<TrapezoidalIntegrators<L>>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), corner = io.input(.cutoff), low = io.output(.low), high = io.output(.high)
    var ramp = ramp, first = first, lower = lower, upper = upper, last = cutoff, trend = trend
    io.alongGrid(
      &ramp, isAudioRate: corner.isAudioRate,
      next: { i, isOnGrid in
        let next = corner.target(at: i, isOnGrid, &trend)
        if L.differ(next, last).signs == 0 { return nil }
        last = next
        return TrapezoidalIntegrators(frequency: last * io.period, damping: L(1.414_213_56))
      },
      run: { frames, filter, step in
        for i in frames {
          let parts = filter.step(x[i], band: &first.0, low: &first.1)
          low[i] = filter.step(parts.low, band: &lower.0, low: &lower.1).low
          high[i] = filter.step(parts.high, band: &upper.0, low: &upper.1).high
          filter.advance(by: step)
        }
      })
    self.ramp = ramp
    self.first = first
    self.lower = lower
    self.upper = upper
    cutoff = last
    self.trend = trend
  }
}

extension Crossover: PackedModule where L == Float {
  typealias Eight = Crossover<Voices>
  static var shared: [PartialKeyPath<Self>] { [\.ramp.isMoving, \.ramp.isSet] }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Crossover<Float>.self, Crossover<Voices>.self) }
