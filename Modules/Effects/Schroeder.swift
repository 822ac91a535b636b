import DSP
import ModuleKit

/// The first digital reverb: four feedback combs side by side, then two all-passes. Metallic, and cheap.
///
/// `size` is the feedback of the combs, 0.7 … 0.98. The voices are summed first: they share one room.
/// - Source: M. R. Schroeder, "Natural sounding artificial reverberation" (1962).
struct Schroeder<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, size, mix

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .size: .amount("Decay from short (0) to long (1)", default: 0.5, range: 0...1)
      case .mix: .mix(default: 0.3)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Input and reverberation" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "schroeder", .effects, "Comb and all-pass reverb", voicing: .sums, tail: nil,
      otherNames: OtherNames("Schroeder reverb, vintage reverb, metallic room"))
  }

  private var combs: (DelayLine<L>, DelayLine<L>, DelayLine<L>, DelayLine<L>)
  private var passes: (DelayLine<L>, DelayLine<L>)
  /// Frames of each.
  private let combFrames: (Int, Int, Int, Int), passFrames: (Int, Int)

  init(_ setup: ModuleSetup) {
    let rate = Double(setup.sampleRate)
    func frames(_ seconds: Double) -> Int { max(1, Int(seconds * rate)) }
    func line(_ frames: Int) -> DelayLine<L> { DelayLine(memory: setup.keptZeros(frames), capacity: frames) }
    combFrames = (frames(0.0297), frames(0.0371), frames(0.0411), frames(0.0437))
    passFrames = (frames(0.005), frames(0.0017))
    combs = (line(combFrames.0), line(combFrames.1), line(combFrames.2), line(combFrames.3))
    passes = (line(passFrames.0), line(passFrames.1))
  }

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), size = io.input(.size), mix = io.input(.mix), out = io.output(.out)
    var combs = combs, passes = passes
    for i in 0..<io.frames {
      let dry = x[i], feedback = L.fma(size[i], L(0.28), L(0.7))
      var sum = Self.comb(&combs.0, combFrames.0, dry, feedback) + Self.comb(&combs.1, combFrames.1, dry, feedback)
      sum += Self.comb(&combs.2, combFrames.2, dry, feedback) + Self.comb(&combs.3, combFrames.3, dry, feedback)
      let wet = Self.pass(&passes.1, passFrames.1, Self.pass(&passes.0, passFrames.0, sum * 0.25))
      out[i] = L.fma(mix[i], wet - dry, dry)
    }
    self.combs = combs
    self.passes = passes
  }

  @inline(__always)
  private static func comb(_ line: inout DelayLine<L>, _ frames: Int, _ x: L, _ feedback: L) -> L {
    let y = line.read(back: frames)
    line.write(L.fma(feedback, y, x))
    return y
  }

  @inline(__always)
  private static func pass(_ line: inout DelayLine<L>, _ frames: Int, _ x: L) -> L {
    let late = line.read(back: frames), y = L.fnma(x, L(0.5), late)
    line.write(L.fma(late, L(0.5), x))
    return y
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Schroeder<Float>.self, Schroeder<Voices>.self) }
