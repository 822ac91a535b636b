import DSP
import ModuleKit

/// Phaser: mixes the input with itself through six all-pass filters; a sine moves the notches.
///
/// Their common corner moves around 800 Hz, by up to two octaves at `depth` 1; the right side is a quarter of a cycle
/// ahead. `feedback` sharpens the notches; DC is not fed back.
/// - Source: J. O. Smith, "An allpass approach to digital phasing and flanging" (1984).
struct Phaser<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, rate, depth, feedback, mix

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .rate: .rate("Rate of the sweep", default: 0.3, reading: .grid)
      case .depth: .amount("Depth of the sweep", default: 0.7, range: 0...1, reading: .adaptive)
      case .feedback: .amount("Feedback", default: 0.3, range: -0.95...0.95)
      case .mix: .mix(default: 0.5)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "Input and swept copy, left" : "Input and swept copy, right" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "phaser", .effects, "Swept notches", tail: 1,
      otherNames: OtherNames("phase shifter, swept notches, modulation effect"))
  }

  private static var stages: Int { 6 }
  private var sweep = StereoSweep<L>()
  /// The state of each stage, left then right.
  private let memory: UnsafeMutablePointer<L>
  private var lastLeft = L.zero, lastRight = L.zero
  private var leftBlocker = OffsetBlocker<L>(), rightBlocker = OffsetBlocker<L>()

  init(_ setup: ModuleSetup) { memory = setup.zeros(2 * Self.stages) }

  mutating func process(_ io: ModuleIO<Self>) {
    let x = io.input(.in), feedback = io.input(.feedback), mix = io.input(.mix)
    let left = io.output(.left), right = io.output(.right)
    let keep = OffsetBlocker<L>.keep(io.period)
    var sweep = sweep, lastLeft = lastLeft, lastRight = lastRight
    var leftBlocker = leftBlocker, rightBlocker = rightBlocker
    for (frames, isOnGrid) in io.eachGridStretch {
      let i = frames.lowerBound, depth = io.input(.depth)
      if isOnGrid || !sweep.delays.isSet {
        // Octaves from 1 Hz: 800 Hz, then the coefficient of a first-order all-pass at that corner.
        sweep.reachPoint(
          centre: L(9.643_856), swing: depth[i] * 2, rate: io.input(.rate)[i] * io.period
        ) { Self.coefficient(octaves: $0, io.period) }
      }
      for j in frames {
        let backLeft = leftBlocker.next(lastLeft, keep: keep), backRight = rightBlocker.next(lastRight, keep: keep)
        if depth.isAudioRate {
          sweep.delays.now = sweep.pair(centre: L(9.643_856), swing: depth[j] * 2, at: (io.frame &+ j) & 15) {
            Self.coefficient(octaves: $0, io.period)
          }
        }
        lastLeft = pass(L.fma(feedback[j], backLeft, x[j]), sweep.delays.now.left, memory)
        lastRight = pass(L.fma(feedback[j], backRight, x[j]), sweep.delays.now.right, memory + Self.stages)
        if sweep.delays.isMoving { sweep.delays.now.advance(by: sweep.delays.step) }
        left[j] = L.fma(mix[j], lastLeft - x[j], x[j])
        right[j] = L.fma(mix[j], lastRight - x[j], x[j])
      }
    }
    self.sweep = sweep
    self.leftBlocker = leftBlocker
    self.rightBlocker = rightBlocker
    self.lastLeft = lastLeft
    self.lastRight = lastRight
  }

  /// The coefficient of a first-order all-pass at a corner in octaves from 1 Hz.
  @inline(__always)
  private static func coefficient(octaves: L, _ period: Float) -> L {
    let t = L.tangentOfHalfCycles(L.exp2(octaves) * period)
    return (t - 1) / (t + 1)
  }

  /// Applies all stages; `c` is within −1 … 1.
  @inline(__always)
  private func pass(_ x: L, _ c: L, _ state: UnsafeMutablePointer<L>) -> L {
    var y = x
    for stage in 0..<Self.stages {
      let z = L.fma(c, y, state[stage])
      state[stage] = L.fnma(c, z, y)
      y = z
    }
    return y
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Phaser<Float>.self, Phaser<Voices>.self) }
