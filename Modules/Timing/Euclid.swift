import DSP
import ModuleKit

/// Euclidean rhythm: spreads hits as evenly as whole steps allow: 3 of 8 is the tresillo, 5 of 8 the cinquillo.
/// - Source: G. Toussaint, "The Euclidean algorithm generates traditional musical rhythms" (2005); step i is
///   a hit where i · hits / steps passes a whole number.
struct Euclid<L: Lane>: Module {
  enum In: Int, InputPort {
    case clock, reset, steps, hits, rotate

    var spec: ParamSpec {
      switch self {
      case .clock: .gate("Each pulse is a step")
      case .reset: .gate("A rise above 0.5 makes the next step the first")
      case .steps: .count("Steps of the pattern", default: 8, range: 1...64)
      case .hits: .amount("Number of hits", default: 3, range: 0...64, smoothing: .none)
      case .rotate: .amount("Steps by which the pattern starts later", default: 0, range: -64...64, smoothing: .none)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out, rest
    var summary: String { self == .out ? "The pulses that are hits" : "The other pulses" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "euclid", .timing, "Euclidean rhythm", tail: nil,
      otherNames: OtherNames("Euclidean, rhythm, pattern, drum sequencer, Bjorklund"))
  }

  private var counter = StepCounter<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let clock = io.input(.clock), reset = io.input(.reset), hits = io.input(.hits), rotate = io.input(.rotate)
    let out = io.output(.out), rest = io.output(.rest)
    let steps = L(io.input(.steps).value[lane: 0])
    var counter = counter
    for i in 0..<io.frames {
      counter.advance(clock: clock[i], reset: reset[i], count: steps)
      let place = counter.place - L.floor(rotate[i] + 0.5)
      // Half a step of slack: the quotients are of whole numbers.
      let step = place - steps * L.floor((place + L(0.5)) / steps)
      let share = L.floor(hits[i] + 0.5) * step
      let isHit = L.less(share - steps * L.floor((share + L(0.5)) / steps), L.floor(hits[i] + 0.5))
      // The rest of a pulse after a reset belongs to no step.
      let isStep = counter.isOn & L.less(L(-0.5), counter.place)
      out[i] = L.select(isStep & isHit, L(1), .zero)
      rest[i] = L.select(isStep & (isHit ^ L.Bits(-1)), L(1), .zero)
    }
    self.counter = counter
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Euclid<Float>.self, Euclid<Voices>.self) }
