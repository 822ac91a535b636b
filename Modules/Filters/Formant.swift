import DSP
import ModuleKit

/// The vowels of a voice: three resonances, moved from vowel to vowel.
///
/// `vowel` 0 … 4 are a, e, i, o, u, with every step in between; `shift` moves all resonances, like the length of a
/// throat; `width` scales their bandwidth relative to a voice.
/// - Source: G. E. Peterson and H. L. Barney, "Control methods used in a study of the vowels" (1952), men's
///   averages; bandwidths by H. K. Dunn, "Methods of measuring vowel formant bandwidths" (1961).
struct Formant<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, vowel, shift, width

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .vowel:
        .amount("Vowel: 0 a, 1 e, 2 i, 3 o, 4 u, with blends between", default: 0, range: 0...4, reading: .adaptive)
      case .shift: .amount("Shift of all formants", default: 0, range: -2...2, unit: .octaves, reading: .adaptive)
      case .width:
        ParamSpec(
          .float, "Bandwidth of the formants relative to a human voice", default: 1, range: 0.1...10,
          curve: .logarithmic,
          modulation: .octaves, smoothing: .exponential, reading: .grid)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The filtered input" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "formant", .filters, "Vowel filter", tail: 2,
      otherNames: OtherNames("vowel, voice, vocal, talkbox, filter", superCollider: "Formlet, BPF"))
  }

  private var states = (L.zero, L.zero, L.zero, L.zero, L.zero, L.zero)
  // The parameters of the present coefficients.
  private var vowel = L(-1), shift = L.zero, width = L.zero
  private var ramp = GridRamp<Formants<L>>()

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), out = io.output(.out)
    let vowels = io.input(.vowel), shifts = io.input(.shift), widths = io.input(.width)
    var ramp = ramp, s = states, vowel = vowel, shift = shift, width = width
    var isSet = ramp.isSet
    io.alongGrid(
      &ramp, isAudioRate: vowels.isAudioRate || shifts.isAudioRate,
      next: { i, isOnGrid in
        let reads = isOnGrid || !isSet
        isSet = true
        let a = reads || vowels.isAudioRate ? vowels[i] : vowel, b = reads || shifts.isAudioRate ? shifts[i] : shift
        let c = reads ? widths[i] : width
        if (L.differ(a, vowel) | L.differ(b, shift) | L.differ(c, width)).signs == 0 { return nil }
        (vowel, shift, width) = (a, b, c)
        return Formants(vowel: vowel, shift: shift, width: width, period: io.period)
      },
      run: { frames, throat, step in
        for i in frames {
          out[i] = throat.step(x[i], &s)
          throat.advance(by: step)
        }
      })
    self.ramp = ramp
    self.vowel = vowel
    self.shift = shift
    self.width = width
    states = s
  }
}

extension Formant: PackedModule where L == Float {
  typealias Eight = Formant<Voices>
  static var shared: [PartialKeyPath<Self>] { [\.ramp.isMoving, \.ramp.isSet] }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Formant<Float>.self, Formant<Voices>.self) }
