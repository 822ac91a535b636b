import DSP
import ModuleKit

/// A sum of sines: partial k at frequency · k^stretch, `tilt` dB per octave softer than the first.
///
/// Partials are faded out before they reach half the sample rate, so nothing aliases. One voice computes eight partials
/// in parallel, eight voices one partial of each.
/// - Source: the level of partial k is k^(tilt / 6.02), times `odd` or `even`; the first is odd.
struct Additive<L: Lane>: Module {
  enum In: Int, InputPort {
    case frequency, partials, tilt, stretch, odd, even, gain

    var spec: ParamSpec {
      switch self {
      case .frequency: .frequency("Pitch of the first partial")
      case .partials: .count("Number of partials", default: 16, range: 1...128)
      case .tilt:
        .amount(
          "Level slope in dB per octave: −6 as a saw, −12 softer", default: -6, range: -48...6, unit: .decibels,
          reading: .grid)
      case .stretch:
        .amount(
          "Spacing of the partials: harmonic at 1, wider above (bells), closer below", default: 1, range: 0...2,
          reading: .grid)
      case .odd: .amount("Level of partials 1, 3, 5 …", default: 1, range: 0...1, reading: .grid)
      case .even: .amount("Level of partials 2, 4, 6 …", default: 1, range: 0...1, reading: .grid)
      case .gain: .gain("Amplitude of the first partial", default: 0.4)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Sum of the partials" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "additive", .oscillators, "Up to 128 partials", tail: nil,
      otherNames: OtherNames(
        "partials, harmonics, organ, drawbars, Fourier, oscillator, osc, vco", superCollider: "Klang, DynKlang",
        pureData: "sinesum", max: "ioscbank~, oscbank~"))
  }

  private static var most: Int { 128 }
  /// By partial: its phase, its frequency relative to the first, its level and the level's increment per frame.
  private let phases: UnsafeMutablePointer<L.Bits>
  private let ratios, levels, slopes: UnsafeMutablePointer<L>
  private var isFresh = true

  init(_ setup: ModuleSetup) {
    phases = setup.zeros(Self.most)
    ratios = setup.keptZeros(Self.most)
    levels = setup.keptZeros(Self.most)
    slopes = setup.keptZeros(Self.most)
  }

  mutating func process(_ io: ModuleIO<Self>) {
    let frequency = io.input(.frequency), gain = io.input(.gain), out = io.output(.out)
    let count = Int(io.input(.partials).value[lane: 0]), period = L(io.period)
    for (frames, isOnGrid) in io.eachGridStretch {
      if isOnGrid || isFresh { shape(io, at: frames.lowerBound) }
      for frame in frames { out[frame] = .zero }
      let speed = { (frame: Int) in frequency[frame] * period }
      // Eight partials of one voice, or one partial of eight voices.
      if L.count == 1 {
        let rows = (count + 7) / 8
        func cast<T>(_ memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<T> {
          memory.assumingMemoryBound(to: T.self)
        }
        Self.add(
          rows, cast(phases), cast(ratios), cast(levels), cast(slopes), frames,
          speed: { Voices(speed($0)[lane: 0]) }, into: { out[$0] += L(($1 as Voices).laneSum) })
      } else {
        Self.add(count, phases, ratios, levels, slopes, frames, speed: speed, into: { out[$0] += $1 })
      }
      for frame in frames { out[frame] *= gain[frame] }
    }
  }

  /// Adds rows of partials to some frames, and advances their state.
  @inline(__always)
  private static func add<V: Lane>(
    _ rows: Int, _ phases: UnsafeMutablePointer<V.Bits>, _ ratios: UnsafeMutablePointer<V>,
    _ levels: UnsafeMutablePointer<V>, _ slopes: UnsafeMutablePointer<V>, _ frames: Range<Int>, speed: (Int) -> V,
    into: (Int, V) -> Void
  ) {
    for row in 0..<rows {
      var phase = Phase<V>(bits: phases[row]), level = levels[row]
      let ratio = ratios[row], slope = slopes[row]
      for i in frames {
        into(i, V.sineOfHalfCycle(phase.halfCycles) * level)
        phase.advance(by: Phase<V>.step(V.minimum(speed(i) * ratio, V(0.499))))
        level += slope
      }
      phases[row] = phase.bits
      levels[row] = level
    }
  }

  /// Computes the levels and ratios at the next grid point.
  private mutating func shape(_ io: ModuleIO<Self>, at i: Int) {
    let tilt = io.input(.tilt)[i] * 0.166_096_4, stretch = io.input(.stretch)[i]
    let odd = io.input(.odd)[i], even = io.input(.even)[i], speed = io.input(.frequency)[i] * L(io.period)
    let count = Int(io.input(.partials).value[lane: 0])
    for k in 0..<Self.most {
      let octaves = L.log2(L(Float(k + 1)))
      // Harmonic partials are exact.
      ratios[k] = L.select(L.differ(stretch, L(1)), L.exp2(octaves * stretch), L(Float(k + 1)))
      // Fades between 0.45 and 0.49 of the rate.
      let room = L.clamp((L(0.49) - speed * ratios[k]) * 25, .zero, L(1))
      let goal = k < count ? L.exp2(octaves * tilt) * (k % 2 == 0 ? odd : even) * room : .zero
      if isFresh { levels[k] = goal }
      slopes[k] = (goal - levels[k]) * (1 / Float(gridFrames))
    }
    isFresh = false
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Additive<Float>.self, Additive<Voices>.self) }
