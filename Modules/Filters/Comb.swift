import DSP
import ModuleKit

/// Feedback comb: peaks at every multiple of the frequency; y = x + feedback · y, one cycle ago.
///
/// A negative feedback moves the peaks halfway between. `damping` low-passes the loop. The latency is one cycle. 0 Hz is
/// one of the peaks: DC is amplified by 1 / (1 − feedback), unless a `dcblock` removes it before.
struct Comb<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, frequency, feedback, damping

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .frequency: .frequency("Frequency of the first peak", lowest: Comb.lowest)
      case .feedback: .amount("Level of each repeat relative to the one before", default: 0.7, range: -0.999...0.999)
      case .damping: .amount("Low-pass in the loop", default: 0, range: 0...1)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The input with its repeats" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "comb", .filters, "Resonant comb filter", tail: nil,
      otherNames: OtherNames(
        "comb filter, resonator, tuned delay, Karplus", superCollider: "CombN, CombL, CombC",
        pureData: "delwrite~, delread4~", max: "comb~, teeth~"))
  }

  /// Hz: below every key, even bent. The line holds a cycle of it.
  private static var lowest: Float { 6 }

  private var line: DelayLine<L>
  private var reader = GlidingTap<L>()
  private var last = L.zero

  init(_ setup: ModuleSetup) { line = setup.delayLine(seconds: 1 / Self.lowest) }

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), frequency = io.input(.frequency), feedback = io.input(.feedback)
    let damping = io.input(.damping), out = io.output(.out)
    var line = line, last = last
    let rate = L(io.sampleRate), fadeStep = L(io.period * 200)
    for i in 0..<io.frames {
      // The damping adds a delay: half its value, in frames, for all but the highest frequencies.
      let dull = damping[i] * 0.5
      let y = reader.read(line, at: L.maximum(rate / frequency[i] - dull, L(DelayTap<L>.least)), fadeStep: fadeStep)
      let heard = L.fma(dull, last - y, y)
      last = y
      line.write(L.fma(feedback[i], heard, x[i]))
      out[i] = heard
    }
    self.line = line
    self.last = last
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Comb<Float>.self, Comb<Voices>.self) }
