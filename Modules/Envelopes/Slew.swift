import DSP
import ModuleKit

/// Limits the rate of change of its input: portamento and lag.
///
/// `linear`: a change of 1 takes the time. `exponential`: the time is a time constant (63.2 % of a step).
struct Slew<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, rise, fall, curve

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .rise: .time("Rise time", default: 0.1, range: 0.0001...60)
      case .fall: .time("Fall time", default: 0.1, range: 0.0001...60)
      case .curve: .choice("Shape of the movement", ["linear", "exponential"], default: "linear")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The limited input" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "slew", .envelopes, "Slew-rate limiter", tail: nil,
      otherNames: OtherNames(
        "slew limiter, lag, portamento, glide, smooth, smoothing, ramp", superCollider: "Slew, Lag, VarLag",
        pureData: "line~, slop~, lop~", vcv: "Slew Limiter, Process", max: "slide~, rampsmooth~"))
  }

  private var level = CompensatedSum<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let period = io.period
    if io.input(.curve).value[lane: 0] == 0 {
      render(io, speed: { L(period) / $0 }, step: { L.clamp($0, -$2, $1) })
    } else {
      let share: (L) -> L = { EnvelopeTimes.loss(L(1.442_695_04 * period) / $0) }
      render(io, speed: share, step: { $0 * L.select(L.less($0, .zero), $2, $1) })
    }
  }

  /// `speed` maps a time; `step` a distance, the speed upwards and the speed downwards.
  @inline(__always)
  private mutating func render(_ io: ModuleIO<Self>, speed: (L) -> L, step: (L, L, L) -> L) {
    let x = io.input(.in), rise = io.input(.rise), fall = io.input(.fall), out = io.output(.out)
    let isConstant = rise.isConstant && fall.isConstant
    var up = speed(rise.value), down = speed(fall.value)
    var level = level
    for i in 0..<io.frames {
      if !isConstant {
        up = speed(rise[i])
        down = speed(fall[i])
      }
      level.add(step(x[i] - level.value, up, down))
      out[i] = level.value
    }
    self.level = level
  }
}

extension Slew: PackedModule where L == Float { typealias Eight = Slew<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Slew<Float>.self, Slew<Voices>.self) }
