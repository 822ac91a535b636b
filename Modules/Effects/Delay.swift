import DSP
import ModuleKit

/// Echo: repeats the input after `time`, and again by `feedback`, each time duller by `damping`.
///
/// A time that glides bends the pitch like tape; a time that jumps is crossfaded within 20 ms. In a
/// loop of cables the time stays exact; it is then at least one quantum (64 frames).
struct Delay<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, time, feedback, damping, mix

    var spec: ParamSpec {
      switch self {
      case .in: .audio("What is repeated")
      case .time: .time("Until the first repeat", default: 0.25, range: 0.0005...4)
      case .feedback: .amount("Loudness of each repeat against the last", default: 0.4, range: 0...1)
      case .damping: .amount("How much duller each repeat is", default: 0.2, range: 0...1)
      case .mix: .mix(default: 0.5)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Input and repeats" }
  }
  static var about: ModuleAbout {
    ModuleAbout("delay", .effects, "Echo with feedback", tail: nil, latency: .inCycles)
  }

  private var line: DelayLine<L>
  private var reader = GlidingTap<L>()
  private var dull = L.zero

  init(_ setup: ModuleSetup) { line = setup.delayLine(seconds: 4) }

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), time = io.input(.time), feedback = io.input(.feedback)
    let damping = io.input(.damping), mix = io.input(.mix), out = io.output(.out)
    var line = line, dull = dull
    let least = L(DelayTap<L>.least + Float(x.lateness))
    let fadeStep = L(io.period * 50)
    var brightness = Self.brightness(damping.value, io.period)
    for i in 0..<io.frames {
      if !damping.isConstant { brightness = Self.brightness(damping[i], io.period) }
      let wet = reader.read(line, at: L.maximum(time[i] * io.sampleRate, least), fadeStep: fadeStep)
      dull = L.fma(brightness, wet - dull, dull)
      line.write(dull * feedback[i])
      // A late input belongs to an earlier frame: there the loop's time is right.
      line.add(x[i], back: x.lateness + 1)
      out[i] = L.fma(mix[i], wet - x[i], x[i])
    }
    self.line = line
    self.dull = dull
  }

  /// The share that a one-pole low-pass takes of its input: its corner falls from above hearing (damping
  /// 0: no low-pass) to 200 Hz (1).
  @inline(__always)
  private static func brightness(_ damping: L, _ period: Float) -> L {
    let corner = L(2_000) / L.maximum(damping, L(1e-6)) - 1_800
    return L(1) - L.exp2(corner * (-9.064_720_3 * period))
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Delay<Float>.self, Delay<Voices>.self) }
