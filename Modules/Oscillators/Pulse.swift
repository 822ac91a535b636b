import DSP
import ModuleKit

/// A pulse wave, band-limited: high for the first `width` of each cycle, low for the rest.
///
/// It steps by 2 · gain and has no DC: 2 − 2 · width high, −2 · width low (times gain); the usual pulse of ±1 has 2 ·
/// width − 1 more. It is the difference of two saws `width` apart, so that the width may move at any speed without a
/// click. A rise of `sync` through 0 restarts the cycle. The latency is 3 frames.
/// - Source: the steps are those of `EdgeTable`.
struct Pulse<L: Lane>: Module {
  enum In: Int, InputPort {
    case frequency, width, gain, sync, fm

    var spec: ParamSpec {
      switch self {
      case .frequency: .frequency()
      case .width: .amount("Share of the cycle that is high", default: 0.5, range: 0.01...0.99, unit: .cycles)
      case .gain: .gain("Amplitude: half the height of the step")
      case .sync: .sync()
      case .fm: .linearFM()
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The pulse wave, without DC" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "pulse", .oscillators, "Band-limited pulse wave", tail: nil,
      otherNames: OtherNames(
        "square, square wave, rectangle, PWM, pulse width modulation, oscillator, osc, vco",
        superCollider: "Pulse, LFPulse", pureData: "phasor~", vcv: "VCO", max: "rect~"))
  }

  private var cycle = Cycle<L>()
  /// The phase of the second saw: half a cycle is added where the wave falls.
  private var second = L.Bits(0)
  private var hasStarted = false
  private var wave: EdgedWave<L>

  init(_ setup: ModuleSetup) { wave = EdgedWave(rows: setup.zeros(EdgedWave<L>.valueCount)) }

  mutating func process(_ io: ModuleIO<Self>) {
    let frequency = io.input(.frequency), width = io.input(.width), gain = io.input(.gain)
    let sync = io.input(.sync), fm = io.input(.fm)
    let period = L(io.period), out = io.output(.out)
    // Edges are written to the same rows while the wave is being rendered.
    let rows = wave
    var now = cycle, wave = wave
    if !hasStarted { second = now.at &- Self.shift(width.value) }
    hasStarted = true
    var other = second
    @inline(__always) func value(_ i: Int, _ place: Int) -> L {
      let from = now.at, otherFrom = other
      let shift = Self.shift(width[i])
      now.at = from &+ now.step
      other = now.at &- shift
      let resets = now.resets(sync[i])
      let otherStep = other &- otherFrom
      let wraps = (from ^ now.at) & (now.step ^ now.at)
      let otherWraps = (otherFrom ^ other) & (otherStep ^ other)
      let edges = (wraps | otherWraps | resets.lanes).signs
      if edges != 0 {
        Self.trace(rows, &now, &other, edges, from, otherFrom, otherStep, resets.lanes, resets.ages, place)
      }
      now.setSpeed((frequency[i] + fm[i]) * period)
      return (L.converted(other) - L.converted(now.at)) * L(1 / 2_147_483_648)
    }
    wave.render(out, frame: io.frame, frames: io.frames, gain: { gain[$0] }, value: value)
    second = other
    cycle = now
    self.wave = wave
  }

  /// A width as a phase offset.
  @inline(__always) private static func shift(_ width: L) -> L.Bits {
    Phase<L>.wrappedStep(L.clamp(width, L(0.01), L(0.99)))
  }

  /// Adds the steps of the lanes whose bits are set in `edges`: the first saw's fall is the pulse's rise.
  @inline(never)
  private static func trace(
    _ wave: EdgedWave<L>, _ cycle: inout Cycle<L>, _ second: inout L.Bits, _ edges: Int32, _ from: L.Bits,
    _ secondFrom: L.Bits,
    _ secondStep: L.Bits, _ resets: L.Bits, _ ages: L, _ place: Int
  ) {
    forEachLane(edges) { lane in
      let step = cycle.step[lane: lane]
      let age: Float? = resets[lane: lane] != 0 ? ages[lane: lane] : nil
      if let age {
        let shift = Int32.wrappingDifference(cycle.at[lane: lane], second[lane: lane])
        let landing = Cycle<L>.landing(step: step, age: age)
        cycle.at[lane: lane] = landing
        second[lane: lane] = .wrappingDifference(landing, shift)
      }
      addSteps(wave, from[lane: lane], step, age, cycle.at[lane: lane], height: 2, lane, place)
      addSteps(wave, secondFrom[lane: lane], secondStep[lane: lane], age, second[lane: lane], height: -2, lane, place)
    }
  }

  /// Adds one saw's steps in one lane; its fall at the end of a cycle is `height`.
  private static func addSteps(
    _ wave: EdgedWave<L>, _ from: Int32, _ step: Int32, _ age: Float?, _ landing: Int32, height: Float, _ lane: Int,
    _ place: Int
  ) {
    Leg.trace(
      from: from, step: step, reset: age, landing: landing,
      leg: { leg in
        if leg.wraps { wave.addStep(leg.step < 0 ? -height : height, lane: lane, age: leg.ageOfWrap, at: place) }
      },
      jump: { before, after, age in
        wave.addStep((Leg.half(before) - Leg.half(after)) * (height / 2), lane: lane, age: age, at: place)
      })
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Pulse<Float>.self, Pulse<Voices>.self) }
