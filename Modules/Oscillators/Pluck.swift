import DSP
import ModuleKit

/// A plucked string: a burst of noise in a low-passed delay loop of one cycle.
///
/// Each gate plucks again, on top of the ringing sound. `decay` is the time to −60 dB of the low frequencies.
/// - Source: K. Karplus and A. Strong, "Digital synthesis of plucked-string and drum timbres" (1983); D. Jaffe
///   and J. O. Smith, "Extensions of the Karplus–Strong plucked-string algorithm" (1983).
struct Pluck<L: Lane>: Module {
  enum In: Int, InputPort {
    case frequency, decay, brightness, gate, gain

    var spec: ParamSpec {
      switch self {
      case .frequency: .frequency("Pitch of the string", lowest: Pluck.lowest)
      case .decay: .time("Decay time of the low partials", default: 3, range: 0.01...60)
      case .brightness: .amount("Decay of high frequencies", default: 0.7, range: 0...1)
      case .gate: .gate("Plucks where it rises above 0.5")
      case .gain: .gain()
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Sound of the string" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "pluck", .oscillators, "Plucked string", tail: nil,
      otherNames: OtherNames(
        "string, plucked string, guitar, harp, Karplus-Strong, physical model", superCollider: "Pluck"))
  }

  /// Hz: below every key, even bent. The line holds a cycle of it.
  private static var lowest: Float { 6 }

  private var line: DelayLine<L>
  private var reader = GlidingTap<L>()
  private var random: Random<L>
  /// Frames of noise still to come; the last values in the loop and of the output.
  private var burst = L.zero, last = L.zero, heard = L.zero, out = L.zero
  private var wasOn = L.Bits(0)

  init(_ setup: ModuleSetup) {
    line = setup.delayLine(seconds: 1 / Self.lowest)
    random = Random(setup.randomBits(of: L.self))
  }

  mutating func process(_ io: ModuleIO<Self>) {
    let frequency = io.input(.frequency), decay = io.input(.decay), brightness = io.input(.brightness)
    let gate = io.input(.gate), gain = io.input(.gain), sound = io.output(.out)
    let rate = L(io.sampleRate), fadeStep = L(io.period * 200)
    // The burst has DC, which is not part of the string: a high-pass at 10 Hz.
    let leak = EnvelopeTimes.loss(L(90.647_203 * io.period))
    let isConstant = frequency.isConstant && decay.isConstant
    var loop = Self.loss(frequency.value, decay.value)
    for i in 0..<io.frames {
      if !isConstant { loop = Self.loss(frequency[i], decay[i]) }
      let isOn = L.less(L(0.5), gate[i])
      let cycle = rate / frequency[i]
      burst = L.select(isOn & (wasOn ^ L.Bits(-1)), L.floor(cycle), burst)
      wasOn = isOn
      let noise = L.select(L.less(.zero, burst), random.next(), .zero)
      burst = L.maximum(burst - L(1), .zero)
      // A mean of two neighbours delays by the share of the older one, in frames.
      let dull = L.fnma(brightness[i], L(0.5), L(0.5))
      let y = reader.read(line, at: L.maximum(cycle - dull, L(DelayTap<L>.least)), fadeStep: fadeStep)
      let string = L.fma(L.fma(dull, last - y, y), loop, noise)
      last = y
      line.write(string)
      out = L.fnma(leak, out, out) + (string - heard)
      heard = string
      sound[i] = out * gain[i]
    }
  }

  /// The factor of the loop per cycle.
  @inline(__always)
  private static func loss(_ frequency: L, _ decay: L) -> L { L.exp2(L(-9.965_784_3) / (frequency * decay)) }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Pluck<Float>.self, Pluck<Voices>.self) }
