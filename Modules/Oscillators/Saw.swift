import DSP
import ModuleKit

/// A rising saw, band-limited: −gain ... gain, from −gain at the start and at each reset.
///
/// `fm` adds to the frequency, through zero; then the saw runs backwards. `sync` starts the cycle anew
/// where it rises through 0, to a fraction of a frame. The sound is 3 frames behind its inputs.
/// - Source: the steps are those of `EdgeTable`.
struct Saw<L: Lane>: Module {
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
    var summary: String { "The saw, −gain … gain" }
  }
  static var about: ModuleAbout { ModuleAbout("saw", .oscillators, "Band-limited saw wave", tail: nil) }

  private var cycle = Cycle<L>()
  private let wave: EdgedWave<L>

  init(_ setup: ModuleSetup) { wave = EdgedWave(rows: setup.zeros(EdgedWave<L>.rowCount)) }

  mutating func process(_ io: ModuleIO<Self>) {
    let frequency = io.input(.frequency), gain = io.input(.gain), sync = io.input(.sync), fm = io.input(.fm)
    let period = L(io.period)
    var now = cycle
    for i in 0..<io.frames {
      let from = now.at
      now.at = from &+ now.step
      let resets = now.resets(sync[i])
      // The sum of two numbers overflowed when its sign differs from both.
      let wraps = (from ^ now.at) & (now.step ^ now.at)
      let edges = (wraps | resets.lanes).signs
      if edges != 0 { trace(&now, edges, from, resets.lanes, resets.ages, at: i) }
      wave.put(L.converted(now.at) * L(1 / 2_147_483_648), at: i)
      now.setSpeed((frequency[i] + fm[i]) * period)
    }
    cycle = now
    wave.finish(io.frames, gain: { gain[$0] }, to: io.output(.out))
  }

  /// The steps of the lanes whose bits are set in `edges`.
  private func trace(
    _ cycle: inout Cycle<L>, _ edges: Int32, _ from: L.Bits, _ resets: L.Bits, _ ages: L, at i: Int
  ) {
    forEachLane(edges) { lane in
      let step = cycle.step[lane: lane]
      let age: Float? = resets[lane: lane] != 0 ? ages[lane: lane] : nil
      if let age { cycle.at[lane: lane] = Cycle<L>.landing(step: step, age: age) }
      Leg.trace(
        from: from[lane: lane], step: step, reset: age, landing: cycle.at[lane: lane],
        leg: { leg in
          if leg.wraps { wave.addStep(leg.step < 0 ? 2 : -2, lane: lane, age: leg.ageOfWrap, at: i) }
        },
        jump: { before, after, age in
          wave.addStep(Leg.half(after) - Leg.half(before), lane: lane, age: age, at: i)
        })
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Saw<Float>.self, Saw<Voices>.self) }
