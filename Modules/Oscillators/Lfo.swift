import DSP
import ModuleKit

/// A slow oscillator for modulation: −1 ... 1, or 0 ... 1 when unipolar.
///
/// Sine and triangle start at 0 and rise; the saw rises from −1; the square starts high. `random` draws a new value at
/// the start of each cycle, `smooth` moves there during the cycle. `phase` shifts the shape; a rise of `sync` through 0
/// restarts the cycle. `width` is the share of the first half in the cycle of a sine, a triangle or a square. The phase
/// has 63 bits, so that a cycle of 1,000 s is in tune. The random shapes are drawn for each node and voice; `shared` gives
/// all voices one, equal seeds give nodes one.
struct Lfo<L: Lane>: Module {
  enum In: Int, InputPort {
    case rate, shape, width, phase, sync, unipolar, seed, shared

    var spec: ParamSpec {
      switch self {
      case .rate: .rate("Cycles per second")
      case .shape:
        .choice("Waveform", ["sine", "triangle", "saw", "square", "random", "smooth"], default: "sine")
          .decidingWidth
      case .width:
        .amount("Share of the first half in the cycle", default: 0.5, range: 0.01...0.99, unit: .cycles)
      case .phase: .amount("Phase offset", default: 0, range: -1_000...1_000, unit: .cycles)
      case .sync: .sync()
      case .unipolar: .toggle("Output range 0 … 1 in place of −1 … 1")
      case .seed: .seed()
      case .shared: .shared()
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The wave, −1 … 1 or 0 … 1" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "lfo", .oscillators, "Low-frequency oscillator", tail: nil, rate: .slow,
      otherNames: OtherNames(
        "low-frequency oscillator, low frequency oscillator, modulator, wobble, sweep, slow oscillator, random LFO",
        superCollider: "LFTri, LFSaw, LFPulse, LFNoise0, LFNoise1, SinOsc.kr", pureData: "osc~, phasor~",
        vcv: "LFO, WT LFO", max: "cycle~, phasor~"))
  }

  private var phase = SlowPhase<L>()
  private var lastSync = L.zero
  /// The shifted phase of the last frame: a cycle starts where it becomes positive.
  private var last = L.Bits(-1)
  private var random: Random<L>
  private var sequence: RandomSequence<L>
  private var previous = L.zero

  init(_ setup: ModuleSetup) {
    sequence = RandomSequence(setup)
    random = sequence.start
  }

  static func isRandom(value: (In) -> Float) -> Bool { value(.shape) >= 4 && value(.shared) < 0.5 }

  mutating func process(_ io: ModuleIO<Self>) {
    sequence.follow(io.input(.seed).value, &random)
    // A setting is the same in every lane.
    switch io.input(.shape).value[lane: 0] {
    case 0: render(io, .sine)
    case 1: render(io, .triangle)
    case 2: render(io, .saw)
    case 3: render(io, .square)
    case 4: render(io, .random)
    default: render(io, .smooth)
    }
  }

  private enum Shape { case sine, triangle, saw, square, random, smooth }

  /// The shape at a place in the cycle, −½ … ½ around its middle.
  @inline(__always)
  private func value(_ at: L, _ shape: Shape) -> L {
    switch shape {
    case .random: return random.value
    case .smooth:
      let part = at + L.select(L.less(at, L.zero), L(1), L.zero)
      // 3x² − 2x³: slope 0 at both ends.
      let eased = part * part * (3 - 2 * part)
      return L.fma(random.value - previous, eased, previous)
    default: return Self.wave(at, shape)
    }
  }

  /// A shape without state.
  @inline(__always)
  private static func wave<M: Lane>(_ at: M, _ shape: Shape) -> M {
    switch shape {
    case .triangle:
      let size = M.magnitude(at)
      let folded = M.minimum(size, 0.5 - size) * 4
      return M.select(M.less(at, M.zero), -folded, folded)
    case .saw: return M.fma(at, M(2), M.select(M.less(at, M.zero), M(1), M(-1)))
    case .square: return M.select(M.less(at, M.zero), M(-1), M(1))
    default: return M.sineOfHalfCycle(at)
    }
  }

  @inline(__always)
  private mutating func render(_ io: ModuleIO<Self>, _ shape: Shape) {
    let draws = shape == .random || shape == .smooth
    // `width` acts on the shapes with two halves.
    let isBent = !draws && shape != .saw
    let rate = io.input(.rate), shift = io.input(.phase), sync = io.input(.sync), width = io.input(.width)
    let isEven = !isBent || width.isConstant && L.differ(width.value, L(0.5)).signs == 0
    let out = io.output(.out)
    let period = L(io.period)
    let isUnipolar = io.input(.unipolar).value[lane: 0] > 0.5
    let scale: Float = isUnipolar ? 0.5 : 1, offset: Float = isUnipolar ? 0.5 : 0
    if !draws && isEven && rate.isConstant && shift.isConstant && sync.isConstant {
      phase.reset(in: L.less(L.zero, sync.value) & (L.less(L.zero, lastSync) ^ L.Bits(-1)))
      lastSync = sync.value
      let step = SlowPhase<L>.Step(rate.value * period), ahead = Phase<L>.wrappedStep(shift.value)
      var now = phase
      let oscillator = self
      @inline(__always) func value(_ at: L.Bits) -> L {
        L.fma(oscillator.value(Phase<L>(bits: at).halfCycles, shape), L(scale), L(offset))
      }
      if io.isOnGrid(.out) {
        let stride = step.timesGrid
        var i = 0
        if L.count == 1 && io.frames == quantumFrames && io.framesToGrid(from: 0) == 0 {
          // The four grid points of a quantum of one voice in one vector.
          var places = SIMD8<Int32>(repeating: 0)
          for k in 0..<4 {
            places[k] = (now.bits &+ ahead)[lane: 0]
            now.advance(by: stride)
          }
          let wave = Self.wave(Phase<Voices>(bits: places).halfCycles, shape)
          let values = Voices.fma(wave, Voices(scale), Voices(offset))
          for k in 0..<4 { out[k &* gridFrames] = L(values[k]) }
          i = io.frames
        }
        while i < io.frames {
          out[i] = value(now.bits &+ ahead)
          let toGrid = io.framesToGrid(from: i)
          let next = min(io.frames, i &+ (toGrid == 0 ? gridFrames : toGrid))
          if next &- i == gridFrames {
            now.advance(by: stride)
          } else {
            for _ in i..<next { now.advance(by: step) }
          }
          i = next
        }
        var before = now
        before.goBack(by: step)
        last = before.bits &+ ahead
      } else {
        // The phases first, then the wave: for one voice eight at a time, without dependencies.
        let places = UnsafeMutableRawPointer(out).assumingMemoryBound(to: L.Bits.self)
        for i in 0..<io.frames {
          last = now.bits &+ ahead
          places[i] = last
          now.advance(by: step)
        }
        let eights = L.count == 1 ? io.frames & ~7 : 0
        for i in stride(from: 0, to: eights, by: 8) {
          let at = UnsafeMutableRawPointer(out + i)
          let place = Phase<Voices>(bits: at.loadUnaligned(as: SIMD8<Int32>.self)).halfCycles
          at.storeBytes(of: Voices.fma(Self.wave(place, shape), Voices(scale), Voices(offset)), as: Voices.self)
        }
        for i in eights..<io.frames { out[i] = value(places[i]) }
      }
      phase = now
      return
    }
    for i in 0..<io.frames {
      let resets = L.less(L.zero, sync[i]) & (L.less(L.zero, lastSync) ^ L.Bits(-1))
      lastSync = sync[i]
      phase.reset(in: resets)
      let at = phase.bits &+ Phase<L>.wrappedStep(shift[i])
      // A cycle starts where the phase becomes positive, or on a reset.
      let starts = L.Bits.less(last, L.Bits(0)) & (L.Bits.less(at, L.Bits(0)) ^ L.Bits(-1)) | resets
      last = at
      previous = L.select(starts, random.value, previous)
      random.next(in: starts)
      let place = Phase<L>(bits: at).halfCycles
      out[i] = L.fma(self.value(isEven ? place : Self.bent(place, width[i]), shape), L(scale), L(offset))
      phase.advance(by: SlowPhase<L>.Step(rate[i] * period))
    }
  }
}

extension Lfo {
  /// A place in the cycle, −½ … ½, with the first half stretched to `width`.
  @inline(__always)
  private static func bent(_ place: L, _ width: L) -> L {
    // The second half is below 0: −½ where it begins, 0 where it ends.
    let start = L.select(L.less(place, .zero), place + L(1), place)
    let isFirst = L.less(start, width)
    let first = start * 0.5 / width, second = (start - L(1)) * 0.5 / (L(1) - width)
    return L.select(isFirst, first, second)
  }
}

extension Lfo: PackedModule where L == Float { typealias Eight = Lfo<Voices> }

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Lfo<Float>.self, Lfo<Voices>.self) }
