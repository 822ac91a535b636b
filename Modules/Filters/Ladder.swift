import DSP
import ModuleKit

/// The four-pole transistor ladder: 24 dB per octave, resonant; from `resonance` 0.91 on a sine oscillator in tune.
///
/// `resonance` is the feedback, 0 … 4.4. As in the circuit, more of it lowers the level below the corner. The ladder's
/// input saturates softly at 2.5 / (1 + `drive`), which limits the oscillation to about ½.
/// - Source: the structure is that of `LadderLoop`.
struct Ladder<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, cutoff, resonance, drive

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .cutoff: .cutoff()
      case .resonance: .resonance("Feedback; the filter oscillates by itself near 1")
      case .drive: .amount("Saturation of the input", default: 0, range: 0...20)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Low-pass output" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "ladder", .filters, "Four-pole transistor ladder", tail: nil,
      otherNames: OtherNames(
        "Moog, transistor ladder, filter, vcf, lowpass, low-pass, lpf, 24 dB, four-pole, resonant",
        superCollider: "MoogFF, MoogLadder, RLPF", pureData: "bob~, vcf~", vcv: "VCF"))
  }

  private var states = (L.zero, L.zero, L.zero, L.zero)
  // The parameters of the present coefficients.
  private var cutoff = L.zero, resonance = L.zero
  private var trend = GridTrend<L>()
  private var ramp = GridRamp<LadderLoop<L>>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), corner = io.input(.cutoff), peak = io.input(.resonance), drive = io.input(.drive)
    let out = io.output(.out)
    var ramp = ramp, s = states, cutoff = cutoff, resonance = resonance, trend = trend
    var isSet = ramp.isSet
    io.alongGrid(
      &ramp, isAudioRate: corner.isAudioRate,
      next: { i, isOnGrid in
        let next = corner.target(at: i, isOnGrid, &trend)
        // The resonance is read on the grid.
        let back = isOnGrid || !isSet ? peak[i] : resonance
        isSet = true
        if (L.differ(next, cutoff) | L.differ(back, resonance)).signs == 0 { return nil }
        cutoff = next
        resonance = back
        return LadderLoop(frequency: cutoff * io.period, feedback: resonance * 4.4)
      },
      run: { frames, loop, step in
        // Circuit noise: −120 dB, from which the oscillation grows.
        let seed = L.select(L.less(L(4), loop.feedback), L(1e-6), .zero)
        for i in frames {
          out[i] = loop.step(x[i] + seed, softness: L.fma(drive[i], L(0.4), L(0.4)), &s)
          loop.advance(by: step)
        }
      })
    self.ramp = ramp
    self.cutoff = cutoff
    self.resonance = resonance
    self.trend = trend
    states = s
  }
}

extension Ladder: PackedModule where L == Float {
  typealias Eight = Ladder<Voices>
  static var shared: [PartialKeyPath<Self>] { [\.ramp.isMoving, \.ramp.isSet] }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Ladder<Float>.self, Ladder<Voices>.self) }
