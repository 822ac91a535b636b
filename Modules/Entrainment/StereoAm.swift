import DSP
import ModuleKit

/// One sine per ear, each with its own amplitude modulation; the right one is `width` Hz higher than the left.
struct StereoAm<L: Lane>: Module {
  enum In: Int, InputPort {
    case base, width, beatleft, beatright, depthleft, depthright, phaseleft, phaseright, gain

    var spec: ParamSpec {
      switch self {
      case .base: .frequency("Centre frequency of the two sines", default: 200)
      case .width:
        .amount("Frequency difference between left and right", default: 0.2, range: -1_000...1_000, unit: .hertz)
      case .beatleft: .rate("Modulation rate on the left", default: 4)
      case .beatright: .rate("Modulation rate on the right", default: 4)
      case .depthleft: .amount("Modulation depth on the left", default: 0.8, range: 0...1)
      case .depthright: .amount("Modulation depth on the right", default: 0.8, range: 0...1)
      case .phaseleft: .amount("Phase of the left modulation", default: 0, range: -1_000...1_000, unit: .cycles)
      case .phaseright: .amount("Phase of the right modulation", default: 0, range: -1_000...1_000, unit: .cycles)
      case .gain: .gain(default: 0.25)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The left sine" : "The right sine" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "stereo-am", .entrainment, "Amplitude-modulated sine for each ear", tail: nil,
      otherNames: OtherNames("stereo amplitude modulation, entrainment"))
  }

  private var low = Phase<L>(), high = Phase<L>()
  private var slowLeft = SlowPhase<L>(), slowRight = SlowPhase<L>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let base = io.input(.base), width = io.input(.width), gain = io.input(.gain), period = L(io.period)
    let beatLeft = io.input(.beatleft), beatRight = io.input(.beatright)
    let depthLeft = io.input(.depthleft), depthRight = io.input(.depthright)
    let phaseLeft = io.input(.phaseleft), phaseRight = io.input(.phaseright)
    let left = io.output(.left), right = io.output(.right)
    for i in 0..<io.frames {
      let a = Self.swell(slowLeft, phaseLeft[i], depthLeft[i]) * gain[i]
      let b = Self.swell(slowRight, phaseRight[i], depthRight[i]) * gain[i]
      left[i] = L.sineOfHalfCycle(low.halfCycles) * a
      right[i] = L.sineOfHalfCycle(high.halfCycles) * b
      let half = width[i] * 0.5
      low.advance(by: Phase<L>.step(L.clamp((base[i] - half) * period, .zero, L(0.499))))
      high.advance(by: Phase<L>.step(L.clamp((base[i] + half) * period, .zero, L(0.499))))
      slowLeft.advance(by: SlowPhase<L>.Step(beatLeft[i] * period))
      slowRight.advance(by: SlowPhase<L>.Step(beatRight[i] * period))
    }
  }

  @inline(__always)
  private static func swell(_ phase: SlowPhase<L>, _ shift: L, _ depth: L) -> L {
    let slow = L.sineOfHalfCycle(Phase<L>(bits: phase.bits &+ Phase<L>.wrappedStep(shift)).halfCycles)
    return L(1) - depth * L.fnma(slow, L(0.5), L(0.5))
  }
}

extension StereoAm: PackedModule where L == Float { typealias Eight = StereoAm<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(StereoAm<Float>.self, StereoAm<Voices>.self) }
