import DSP
import ModuleKit

/// Up to sixteen saws, band-limited, detuned against each other and spread over the stereo field.
///
/// The outermost saws are `detune` semitones from the pitch; the others closer in, at uneven distances, so that no two
/// pairs beat alike. Each has its own start phase. Together they are as loud as one saw of that gain.
/// - Source: A. Szabo, "How to emulate the Super Saw" (2010), for the uneven distances; steps as in `EdgeTable`.
struct Super<L: Lane>: Module {
  enum In: Int, InputPort {
    case frequency, detune, voices, spread, gain

    var spec: ParamSpec {
      switch self {
      case .frequency: .frequency()
      case .detune:
        .amount("Detune of the outermost saws", default: 0.3, range: 0...12, unit: .semitones, reading: .grid)
      case .voices: .count("Number of saws", default: 7, range: 1...16)
      case .spread: .amount("Stereo spread from mono (0) to full width (1)", default: 0.8, range: 0...1, reading: .grid)
      case .gain: .gain()
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The left side" : "The right side" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "super", .oscillators, "Supersaw: seven detuned saws", tail: nil,
      otherNames: OtherNames(
        "supersaw, super saw, hypersaw, unison, detune, trance, oscillator, osc, vco", superCollider: "VarSaw"))
  }

  private static var most: Int { 16 }
  /// By saw: its phase, its frequency relative to the pitch, its gain on the left and on the right.
  private let places: UnsafeMutablePointer<L.Bits>
  private let ratios, lefts, rights: UnsafeMutablePointer<L>
  private var left: EdgedWave<L>, right: EdgedWave<L>
  private var random: Random<L>
  private var isFresh = true
  // The parameters of the present tables.
  private var count = 0, detune = L(-1), spread = L(-1)

  init(_ setup: ModuleSetup) {
    places = setup.keptZeros(Self.most)
    ratios = setup.keptZeros(Self.most)
    lefts = setup.keptZeros(Self.most)
    rights = setup.keptZeros(Self.most)
    left = EdgedWave(rows: setup.zeros(EdgedWave<L>.valueCount))
    right = EdgedWave(rows: setup.zeros(EdgedWave<L>.valueCount))
    random = Random(setup.randomBits(of: L.self))
  }

  mutating func process(_ io: ModuleIO<Self>) {
    let frequency = io.input(.frequency), detune = io.input(.detune), spread = io.input(.spread)
    let gain = io.input(.gain), outLeft = io.output(.left), outRight = io.output(.right)
    let count = Int(io.input(.voices).value[lane: 0]), period = L(io.period)
    if isFresh { scatter() }
    if count != self.count { self.detune = L(-1) }
    self.count = count
    var a = left, b = right, block = EdgedWave<L>.block(from: io.frame, io.frames), first = 0
    for i in 0..<io.frames {
      if i == first {
        a.beginBlock(at: block.place)
        b.beginBlock(at: block.place)
      }
      if io.framesToGrid(from: i) == 0 || self.detune[lane: 0] < 0 { tune(detune[i], spread[i]) }
      let speed = frequency[i] * period
      var x = L.zero, y = L.zero
      for saw in 0..<count {
        let from = places[saw], step = Cycle<L>.step(speed * ratios[saw])
        let at = from &+ step
        places[saw] = at
        let wraps = ((from ^ at) & (step ^ at)).signs
        if _slowPath(wraps != 0) { jump(a, b, wraps, saw, at, step, block.place + i - first) }
        let wave = L.converted(at) * L(1 / 2_147_483_648)
        x = L.fma(wave, lefts[saw], x)
        y = L.fma(wave, rights[saw], y)
      }
      outLeft[i] = x
      outRight[i] = y
      guard i + 1 == first + block.count else { continue }
      a.finishBlock(outLeft + first, at: block.place, block.count) { gain[first + $0] }
      b.finishBlock(outRight + first, at: block.place, block.count) { gain[first + $0] }
      first = i + 1
      block = EdgedWave<L>.block(from: io.frame + first, io.frames - first)
    }
    left = a
    right = b
  }

  /// Adds the steps of the lanes that have passed the end of their cycle.
  @inline(never)
  private func jump(
    _ a: EdgedWave<L>, _ b: EdgedWave<L>, _ lanes: Int32, _ saw: Int, _ at: L.Bits, _ step: L.Bits, _ place: Int
  ) {
    forEachLane(lanes) { lane in
      let age = Leg(to: at[lane: lane], step: step[lane: lane]).ageOfWrap
      a.addStep(-2 * lefts[saw][lane: lane], lane: lane, age: age, at: place)
      b.addStep(-2 * rights[saw][lane: lane], lane: lane, age: age, at: place)
    }
  }

  private mutating func scatter() {
    for saw in 0..<Self.most {
      _ = random.next()
      places[saw] = random.bits
    }
    isFresh = false
  }

  private mutating func tune(_ detune: L, _ spread: L) {
    if (L.differ(detune, self.detune) | L.differ(spread, self.spread)).signs == 0 { return }
    self.detune = detune
    self.spread = spread
    // The power of n independent saws is n times that of one; one in the middle is 1 on each side.
    let level = L(1) / L.squareRoot(L(Float(count)))
    for saw in 0..<count {
      let place = count == 1 ? 0 : 2 * Float(saw) / Float(count - 1) - 1
      ratios[saw] = L.exp2(detune * (place * (0.4 + 0.6 * place.magnitude) / 12))
      // Neighbours in pitch are panned to opposite sides.
      let pan = spread * (saw % 2 == 0 ? place : -place)
      lefts[saw] = L.sine(cycles: (L(1) - pan) * 0.125) * (level * 1.414_213_56)
      rights[saw] = L.sine(cycles: (L(1) + pan) * 0.125) * (level * 1.414_213_56)
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Super<Float>.self, Super<Voices>.self) }
