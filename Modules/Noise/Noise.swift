import DSP
import Glibc
import ModuleKit

/// Noise of four colours; every node and voice has its own, the same one in every render. `shared` gives all voices one,
/// equal seeds give nodes one.
///
/// White is uniform over −gain ... gain. The others have a root mean square of gain / 4: pink falls by 3 dB per octave,
/// brown by 6 dB down to 2 Hz, blue rises by 3 dB. None has DC. `kellett` is a darker pink, `cumulative` a plain running
/// sum of white, leaking below 2 Hz: those of brainwave programs.
/// - Source: pink by `PinkFilter`; brown is a leaky integral after Al-Alaoui, "Novel digital integrator
///   and differentiator", 1993.
struct Noise<L: Lane>: Module {
  enum In: Int, InputPort {
    case colour, gain, seed, shared

    var spec: ParamSpec {
      switch self {
      case .colour:
        .choice("Slope of the spectrum", ["white", "pink", "brown", "blue", "kellett", "cumulative"], default: "white")
      case .gain: .gain()
      case .seed: .seed()
      case .shared: .shared()
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The noise" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "noise", .noise, "White, pink, brown or blue noise", tail: nil,
      otherNames: OtherNames(
        "white noise, pink noise, brown noise, blue noise, hiss, random",
        superCollider: "WhiteNoise, PinkNoise, BrownNoise", pureData: "noise~", vcv: "Noise", max: "noise~, pink~"))
  }

  static func isRandom(value: (In) -> Float) -> Bool { value(.shared) < 0.5 }

  private var random: Random<L>
  private var sequence: RandomSequence<L>
  private var pink: PinkFilter<L>
  private var kellett = KellettPink<L>()
  private var before = L.zero
  private var earlier = L.zero
  private var sum = L.zero
  private let leak: Float
  private let brownGain, walkGain: Float

  init(_ setup: ModuleSetup) {
    sequence = RandomSequence(setup)
    random = sequence.start
    let count = PinkFilter<L>.poleCount
    pink = PinkFilter(
      sampleRate: setup.sampleRate, states: setup.zeros(count), coefficients: setup.keptZeros(2 * count), level: 0.25)
    let keep = exp(-2 * Double.pi * 2 / Double(setup.sampleRate))
    leak = Float(keep)
    // White, a third of 1 in power, through a leaky sum whose steps weigh 1 + 0.16 − 0.035 together.
    walkGain = Float(0.25 * (3 * (1 - keep * keep)).squareRoot())
    brownGain = walkGain / 1.125
  }

  mutating func process(_ io: ModuleIO<Self>) {
    let gain = io.input(.gain), out = io.output(.out)
    sequence.follow(io.input(.seed).value, &random)
    // A setting is the same in every lane.
    switch io.input(.colour).value[lane: 0] {
    case 0: for i in 0..<io.frames { out[i] = random.next() * gain[i] }
    case 1: for i in 0..<io.frames { out[i] = pink.next(random.next()) * gain[i] }
    case 2:
      for i in 0..<io.frames {
        let white = random.next()
        // The two late terms keep the slope up to 20 kHz, within 0.2 dB per octave.
        sum = L.fma(sum, L(leak), L.fma(before, L(0.16), L.fma(earlier, L(-0.035), white)))
        earlier = before
        before = white
        out[i] = sum * brownGain * gain[i]
      }
    case 4:
      let level = 0.25 * Float(3).squareRoot() / KellettPink<L>.rms
      for i in 0..<io.frames { out[i] = kellett.next(random.next()) * level * gain[i] }
    case 5:
      for i in 0..<io.frames {
        sum = L.fma(sum, L(leak), random.next())
        out[i] = sum * walkGain * gain[i]
      }
    default:
      for i in 0..<io.frames {
        let now = pink.next(random.next())
        out[i] = (now - before) * Self.blueGain * gain[i]
        before = now
      }
    }
  }

  /// Scales the difference of pink noise to the level of the others at 48 kHz.
  private static var blueGain: Float { 1.6 }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Noise<Float>.self, Noise<Voices>.self) }
