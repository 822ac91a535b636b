import DSP
import ModuleKit

/// Envelope follower: approaches the level of a signal with separate time constants for rise and fall.
///
/// `peak` follows the magnitude; `rms` follows the square and outputs its root.
struct Follower<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, attack, release, mode

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .attack: .time("Time constant of a rise", default: 0.005, range: 0.0001...10)
      case .release: .time("Time constant of a fall", default: 0.1, range: 0.0001...10)
      case .mode: .choice("Level detection", ["peak", "rms"], default: "peak")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Level of the input, 0 or more" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "follower", .envelopes, "Envelope follower", tail: 200,
      otherNames: OtherNames(
        "envelope follower, env, amplitude, loudness, sidechain, ducking, detector",
        superCollider: "Amplitude, RunningSum", pureData: "env~", vcv: "Process", max: "peakamp~, average~"))
  }

  private var level = CompensatedSum<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), attack = io.input(.attack), release = io.input(.release), out = io.output(.out)
    let isRms = io.input(.mode).value[lane: 0] == 1
    let isConstant = attack.isConstant && release.isConstant
    var up = Self.share(attack.value, io.period), down = Self.share(release.value, io.period)
    var level = level
    for i in 0..<io.frames {
      if !isConstant {
        up = Self.share(attack[i], io.period)
        down = Self.share(release[i], io.period)
      }
      let distance = (isRms ? x[i] * x[i] : L.magnitude(x[i])) - level.value
      level.add(distance * L.select(L.less(distance, .zero), down, up))
      out[i] = isRms ? L.squareRoot(L.maximum(level.value, .zero)) : level.value
    }
    self.level = level
  }

  /// The share of the distance covered per frame.
  @inline(__always)
  private static func share(_ time: L, _ period: Float) -> L { EnvelopeTimes.loss(L(1.442_695_04 * period) / time) }
}

extension Follower: PackedModule where L == Float { typealias Eight = Follower<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Follower<Float>.self, Follower<Voices>.self) }
