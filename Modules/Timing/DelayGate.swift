import DSP
import ModuleKit

/// Opens `delay` after its gate has risen, for `length`. A rise while it waits or is open restarts it.
struct DelayGate<L: Lane>: Module {
  enum In: Int, InputPort {
    case gate, delay, length

    var spec: ParamSpec {
      switch self {
      case .gate: .gate("Starts the delay where it rises above 0.5")
      case .delay: .time("Time until the gate opens", default: 0.25, range: 0.0001...60)
      case .length: .time("Time that the gate stays open", default: 0.1, range: 0.0001...60)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out, end
    var summary: String { self == .out ? "1 while open, else 0" : "1 for one frame when the gate closes" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "delay-gate", .timing, "Delayed gate", tail: nil,
      otherNames: OtherNames(
        "gate delay, delayed trigger", superCollider: "TDelay", pureData: "delay, pipe", vcv: "Gates",
        max: "delay, pipe"))
  }

  /// Frames since the rise; below 0: none yet.
  private var age = L(-1)
  private var wasOn = L.Bits(0), wasOpen = L.Bits(0)

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let gate = io.input(.gate), delay = io.input(.delay), length = io.input(.length)
    let out = io.output(.out), end = io.output(.end), rate = L(io.sampleRate)
    for i in 0..<io.frames {
      let isOn = L.less(L(0.5), gate[i])
      let rises = isOn & (wasOn ^ L.Bits(-1))
      wasOn = isOn
      let isWaiting = L.less(L(-0.5), age)
      age = L.select(rises, .zero, L.select(isWaiting, age + L(1), age))
      let opens = delay[i] * rate, closes = (delay[i] + length[i]) * rate
      let hasBegun = L.less(L(-0.5), age) & (L.less(age, opens - L(0.5)) ^ L.Bits(-1))
      let isOpen = hasBegun & L.less(age, closes - L(0.5))
      let ends = wasOpen & (isOpen ^ L.Bits(-1))
      wasOpen = isOpen
      out[i] = L.select(isOpen, L(1), .zero)
      end[i] = L.select(ends, L(1), .zero)
      // After the end the counter stops: it would lose precision within minutes.
      age = L.select(L.less(closes + L(1), age), L(-1), age)
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(DelayGate<Float>.self, DelayGate<Voices>.self) }
