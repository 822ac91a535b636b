import DSP
import ModuleKit

/// A rising saw, band-limited: −gain ... gain, from −gain at the start and at each reset.
///
/// `fm` adds to the frequency, through zero; then the saw runs backwards. A rise of `sync` through 0 restarts the
/// cycle, with sub-sample accuracy. The latency is 3 frames.
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
  static var about: ModuleAbout {
    ModuleAbout(
      "saw", .oscillators, "Band-limited saw wave", tail: nil,
      otherNames: OtherNames(
        "sawtooth, ramp, oscillator, osc, vco, analog", superCollider: "Saw, LFSaw", pureData: "phasor~", vcv: "VCO",
        max: "saw~, phasor~"))
  }

  private var cycle = Cycle<L>()
  private var wave: EdgedWave<L>

  init(_ setup: ModuleSetup) { wave = EdgedWave(rows: setup.zeros(EdgedWave<L>.valueCount)) }

  mutating func process(_ io: ModuleIO<Self>) {
    let frequency = io.input(.frequency), sync = io.input(.sync), fm = io.input(.fm)
    let period = L(io.period)
    if !sync.isConstant || !cycle.ignores(sync.value) {
      runSynced(io)
    } else if frequency.isConstant && fm.isConstant {
      let step = Cycle.step((frequency.value + fm.value) * period)
      run(io, isConstant: true) { _ in step }
    } else {
      run(io, isConstant: false) { Cycle.step((frequency[$0] + fm[$0]) * period) }
    }
  }

  /// - Parameters:
  ///   - isConstant: whether the phase increment is the same for every frame.
  ///   - step: the phase increment of a frame.
  @inline(__always)
  private mutating func run(_ io: ModuleIO<Self>, isConstant: Bool, step: (Int) -> L.Bits) {
    let gain = io.input(.gain), out = io.output(.out)
    // Edges are written to the same rows while the wave is being rendered.
    let rows = wave
    var at = cycle.at, lead = cycle.step, wave = wave
    @inline(__always) func value(_ i: Int, _ place: Int) -> L {
      let from = at
      at = from &+ lead
      // The sum of two numbers overflowed when its sign differs from both.
      let edges = ((from ^ at) & (lead ^ at)).signs
      if _slowPath(edges != 0) { Self.addFalls(rows, edges, at, lead, at: place) }
      lead = step(i)
      return L.converted(at) * L(1 / 2_147_483_648)
    }
    // Eight steps at once, if they are equal, forward, and pass no more than one end of a cycle.
    let eight = step(0) &* L.Bits(8)
    let isForward = L.Bits.less(L.Bits(0), lead) & L.Bits.less(lead, L.Bits(1 << 28))
    let knows = isConstant && ((lead ^ step(0)) | (isForward ^ L.Bits(-1))).isZero
    @inline(__always) func foresees(_ place: Int, _ ahead: Int) -> Bool {
      if !knows { return false }
      let from = ahead == 0 ? at : at &+ eight
      let edges = ((from ^ L.Bits(-1)) & (from &+ eight)).signs
      if edges != 0 { Self.addComingFalls(rows, edges, from, lead, at: place) }
      return true
    }
    @inline(__always) func smooth() -> L {
      at = at &+ lead
      return L.converted(at) * L(1 / 2_147_483_648)
    }
    let frame = io.frame, frames = io.frames
    if knows && L.count == 1 {
      // One voice: eight frames in a vector.
      let counts = SIMD8<Int32>(1, 2, 3, 4, 5, 6, 7, 8)
      let leads = SIMD8<Int32>.wrappingProduct(SIMD8(lead[lane: 0]), counts)
      var i = 0
      while i < frames {
        let (place, count) = EdgedWave<L>.block(from: frame &+ i, frames &- i)
        guard count == 8 else {
          wave.beginBlock(at: place)
          for k in 0..<count { out[i &+ k] = value(i &+ k, place &+ k) }
          wave.finishBlock(out + i, at: place, count) { gain[i &+ $0] }
          i &+= count
          continue
        }
        var before = wave.lastThree
        repeat {
          let place = EdgedWave<L>.block(from: frame &+ i, 8).place
          wave.beginBlock(at: place)
          _ = foresees(place, 0)
          let eight = Voices.converted(SIMD8<Int32>.wrappingSum(SIMD8(at[lane: 0]), leads)) * Voices(1 / 2_147_483_648)
          wave.finishEight(out + i, at: place, before: before, eight, gain: gain.eight(from: i, lane: 0))
          before = eight
          at = at &+ lead &* L.Bits(8)
          i &+= 8
        } while frames &- i >= 8
        wave.lastThree = before
      }
    } else if gain.isConstant {
      let level = gain.value
      wave.render(
        out, frame: frame, frames: frames, gain: { _ in level }, foresees: foresees, smooth: smooth, value: value)
    } else {
      let levels = gain.samples
      wave.render(
        out, frame: frame, frames: frames, gain: { levels[$0] }, foresees: foresees, smooth: smooth, value: value)
    }
    cycle.at = at
    cycle.step = lead
    self.wave = wave
  }

  private mutating func runSynced(_ io: ModuleIO<Self>) {
    let frequency = io.input(.frequency), gain = io.input(.gain), sync = io.input(.sync), fm = io.input(.fm)
    let period = L(io.period)
    let rows = wave
    var now = cycle, wave = wave
    @inline(__always) func value(_ i: Int, _ place: Int) -> L {
      let from = now.at
      now.at = from &+ now.step
      let resets = now.resets(sync[i])
      let edges = ((from ^ now.at) & (now.step ^ now.at) | resets.lanes).signs
      if edges != 0 {
        now.at = Self.trace(rows, edges, from: from, to: now.at, now.step, resets.lanes, resets.ages, at: place)
      }
      now.step = Cycle.step((frequency[i] + fm[i]) * period)
      return L.converted(now.at) * L(1 / 2_147_483_648)
    }
    wave.render(io.output(.out), frame: io.frame, frames: io.frames, gain: { gain[$0] }, value: value)
    cycle = now
    self.wave = wave
  }

  /// Adds the falls at the ends of cycles, in the lanes whose bits are set in `edges`.
  ///
  /// Out of line, so that the loop around it keeps its registers.
  @inline(never)
  private static func addFalls(_ wave: EdgedWave<L>, _ edges: Int32, _ at: L.Bits, _ steps: L.Bits, at place: Int) {
    forEachLane(edges) { lane in
      let leg = Leg(to: at[lane: lane], step: steps[lane: lane])
      wave.addStep(leg.step < 0 ? 2 : -2, lane: lane, age: leg.ageOfWrap, at: place)
    }
  }

  /// Adds the falls within eight frames from `place` on, in the lanes whose bits are set in `edges`, which are at `at`
  /// one frame before.
  @inline(never)
  private static func addComingFalls(
    _ wave: EdgedWave<L>, _ edges: Int32, _ at: L.Bits, _ steps: L.Bits, at place: Int
  ) {
    forEachLane(edges) { lane in
      let step = UInt32(bitPattern: steps[lane: lane])
      // The distance to the end of the cycle, and the first frame at or beyond it.
      let distance = 0x8000_0000 &- UInt32(bitPattern: at[lane: lane])
      let frames = (distance &+ step &- 1) / step
      let beyond = frames &* step &- distance
      wave.addStep(-2, lane: lane, age: Float(beyond) / Float(step), at: place &+ Int(frames) &- 1)
    }
  }

  /// Adds the steps of the lanes whose bits are set in `edges`; returns the phases of all lanes after resets.
  @inline(never)
  private static func trace(
    _ wave: EdgedWave<L>, _ edges: Int32, from: L.Bits, to: L.Bits, _ steps: L.Bits, _ resets: L.Bits, _ ages: L,
    at place: Int
  ) -> L.Bits {
    var at = to
    forEachLane(edges) { lane in
      let step = steps[lane: lane]
      let age: Float? = resets[lane: lane] != 0 ? ages[lane: lane] : nil
      if let age { at[lane: lane] = Cycle<L>.landing(step: step, age: age) }
      Leg.trace(
        from: from[lane: lane], step: step, reset: age, landing: at[lane: lane],
        leg: { leg in
          if leg.wraps { wave.addStep(leg.step < 0 ? 2 : -2, lane: lane, age: leg.ageOfWrap, at: place) }
        },
        jump: { before, after, age in
          wave.addStep(Leg.half(after) - Leg.half(before), lane: lane, age: age, at: place)
        })
    }
    return at
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Saw<Float>.self, Saw<Voices>.self) }
