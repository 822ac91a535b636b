import DSP
import ModuleKit

/// A triangle wave, band-limited: −gain ... gain, from −gain up at the start and at each reset.
///
/// `fm` adds to the frequency, through zero. A rise of `sync` through 0 restarts the cycle, with sub-sample accuracy.
/// The latency is 3 frames.
/// - Source: the corners and steps are those of `EdgeTable`.
struct Triangle<L: Lane>: Module {
  enum In: Int, InputPort {
    case frequency, gain, sync, fm

    var spec: ParamSpec {
      switch self {
      case .frequency: .frequency()
      case .gain: .gain()
      case .sync: .sync()
      case .fm: .linearFM()
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The triangle, −gain … gain" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "triangle", .oscillators, "Band-limited triangle wave", tail: nil,
      otherNames: OtherNames(
        "tri, oscillator, osc, vco, analog", superCollider: "LFTri, VarSaw", pureData: "phasor~", vcv: "VCO",
        max: "tri~"))
  }

  private var cycle = Cycle<L>()
  private var wave: EdgedWave<L>

  init(_ setup: ModuleSetup) { wave = EdgedWave(rows: setup.zeros(EdgedWave<L>.valueCount)) }

  mutating func process(_ io: ModuleIO<Self>) {
    let frequency = io.input(.frequency), gain = io.input(.gain), sync = io.input(.sync), fm = io.input(.fm)
    let period = L(io.period), out = io.output(.out)
    // Edges are written to the same rows while the wave is being rendered.
    let rows = wave
    var now = cycle, wave = wave
    @inline(__always) func value(_ i: Int, _ place: Int) -> L {
      let from = now.at
      now.at = from &+ now.step
      let resets = now.resets(sync[i])
      let edges = ((from ^ now.at) | resets.lanes).signs
      if edges != 0 { Self.trace(rows, &now, edges, from, resets.lanes, resets.ages, place) }
      now.setSpeed((frequency[i] + fm[i]) * period)
      return L.fma(L.magnitude(L.converted(now.at)), L(-2 / 2_147_483_648), L(1))
    }
    wave.render(out, frame: io.frame, frames: io.frames, gain: { gain[$0] }, value: value)
    cycle = now
    self.wave = wave
  }

  /// Adds the corners of the lanes whose bits are set in `edges`, and the steps of resets.
  @inline(never)
  private static func trace(
    _ wave: EdgedWave<L>, _ cycle: inout Cycle<L>, _ edges: Int32, _ from: L.Bits, _ resets: L.Bits, _ ages: L,
    _ place: Int
  ) {
    forEachLane(edges) { lane in
      let step = cycle.step[lane: lane]
      let age: Float? = resets[lane: lane] != 0 ? ages[lane: lane] : nil
      if let age { cycle.at[lane: lane] = Cycle<L>.landing(step: step, age: age) }
      // The wave moves by 4 per cycle, up or down.
      let slope = 2 * Leg.half(step)
      Leg.trace(
        from: from[lane: lane], step: step, reset: age, landing: cycle.at[lane: lane],
        leg: { leg in
          if leg.wraps {
            wave.addCorner(2 * abs(slope), lane: lane, age: leg.ageOfWrap, at: place)
          } else if leg.crosses {
            wave.addCorner(-2 * abs(slope), lane: lane, age: leg.ageOfMiddle, at: place)
          }
        },
        jump: { before, after, age in
          let height = 2 * (abs(Leg.half(before)) - abs(Leg.half(after)))
          wave.addStep(height, lane: lane, age: age, at: place)
          wave.addCorner((after < 0 ? slope : -slope) - (before < 0 ? slope : -slope), lane: lane, age: age, at: place)
        })
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Triangle<Float>.self, Triangle<Voices>.self) }
