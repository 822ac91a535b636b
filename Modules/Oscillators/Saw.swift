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
  private var wave: EdgedWave<L>

  init(_ setup: ModuleSetup) { wave = EdgedWave(rows: setup.zeros(EdgedWave<L>.rowCount)) }

  mutating func process(_ io: ModuleIO<Self>) {
    let frequency = io.input(.frequency), sync = io.input(.sync), fm = io.input(.fm)
    let period = L(io.period)
    if !sync.isConstant || !cycle.ignores(sync.value) {
      run(io, reset: { $0.resets(sync[$1]) }, step: { Cycle.step((frequency[$0] + fm[$0]) * period) })
    } else if frequency.isConstant && fm.isConstant {
      let step = Cycle.step((frequency.value + fm.value) * period)
      run(io, reset: { _, _ in (L.Bits(0), .zero) }, step: { _ in step })
    } else {
      run(io, reset: { _, _ in (L.Bits(0), .zero) }, step: { Cycle.step((frequency[$0] + fm[$0]) * period) })
    }
  }

  /// - Parameters:
  ///   - reset: the lanes to reset at a frame, and their ages.
  ///   - step: what leads on from a frame.
  @inline(__always)
  private mutating func run(
    _ io: ModuleIO<Self>, reset: (inout Cycle<L>, Int) -> (lanes: L.Bits, ages: L), step: (Int) -> L.Bits
  ) {
    let gain = io.input(.gain), out = io.output(.out)
    var now = cycle, wave = wave
    for i in 0..<io.frames {
      let from = now.at
      now.at = from &+ now.step
      let resets = reset(&now, i)
      // The sum of two numbers overflowed when its sign differs from both.
      let wraps = (from ^ now.at) & (now.step ^ now.at)
      let edges = (wraps | resets.lanes).signs
      if _slowPath(edges != 0) {
        now.at = Self.trace(wave, edges, from: from, to: now.at, now.step, resets.lanes, resets.ages)
      }
      out[i] = wave.next(L.converted(now.at) * L(1 / 2_147_483_648)) * gain[i]
      now.step = step(i)
    }
    cycle = now
    self.wave = wave
  }

  /// The steps of the lanes whose bits are set in `edges`; returns where all lanes are after resets.
  ///
  /// Out of line, so that the loop around it keeps its registers.
  @inline(never)
  private static func trace(
    _ wave: EdgedWave<L>, _ edges: Int32, from: L.Bits, to: L.Bits, _ steps: L.Bits, _ resets: L.Bits, _ ages: L
  ) -> L.Bits {
    var at = to
    forEachLane(edges) { lane in
      let step = steps[lane: lane]
      let age: Float? = resets[lane: lane] != 0 ? ages[lane: lane] : nil
      if let age { at[lane: lane] = Cycle<L>.landing(step: step, age: age) }
      Leg.trace(
        from: from[lane: lane], step: step, reset: age, landing: at[lane: lane],
        leg: { leg in
          if leg.wraps { wave.addStep(leg.step < 0 ? 2 : -2, lane: lane, age: leg.ageOfWrap) }
        },
        jump: { before, after, age in
          wave.addStep(Leg.half(after) - Leg.half(before), lane: lane, age: age)
        })
    }
    return at
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Saw<Float>.self, Saw<Voices>.self) }
