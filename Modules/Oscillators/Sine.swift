import DSP
import ModuleKit

/// A pure sine: the phase is exact, the wave a polynomial (THD+N below −120 dB).
///
/// `phase` shifts it in cycles, for phase modulation; `fm` adds to the frequency, through zero.
struct Sine<L: Lane>: Module {
  enum In: Int, InputPort {
    case frequency, gain, phase, fm

    var spec: ParamSpec {
      switch self {
      case .frequency: .frequency()
      case .gain: .gain()
      case .phase: .amount("Phase offset of the wave", default: 0, range: -1_000...1_000, unit: .cycles)
      case .fm: .linearFM()
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The sine, −gain … gain" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "sine", .oscillators, "Sine wave", tail: nil,
      otherNames: OtherNames(
        "sinus, cosine, sin, oscillator, osc, vco, test tone", superCollider: "SinOsc, SinOscFB, FSinOsc",
        pureData: "osc~", vcv: "VCO", max: "cycle~"))
  }

  private var phase = Phase<L>()
  private var rotation: PhaseRotation<L>

  init(_ setup: ModuleSetup) { rotation = PhaseRotation(rows: setup.zeros(PhaseRotation<L>.valueCount)) }

  mutating func process(_ io: ModuleIO<Self>) {
    let frequency = io.input(.frequency), gain = io.input(.gain), shift = io.input(.phase), fm = io.input(.fm)
    let out = io.output(.out)
    let period = L(io.period)
    var at = phase
    if shift.isConstant && fm.isConstant {
      let offset = Phase<L>.wrappedStep(shift.value), add = fm.value
      if frequency.isConstant {
        return runConstant(io, from: offset, step: Phase<L>.step((frequency.value + add) * period))
      }
      for i in 0..<io.frames {
        out[i] = L.sineOfHalfCycle(Phase<L>(bits: at.bits &+ offset).halfCycles) * gain[i]
        at.advance(by: Phase<L>.step((frequency[i] + add) * period))
      }
    } else {
      for i in 0..<io.frames {
        let moved = Phase<L>(bits: at.bits &+ Phase<L>.wrappedStep(shift[i]))
        out[i] = L.sineOfHalfCycle(moved.halfCycles) * gain[i]
        at.advance(by: Phase<L>.step((frequency[i] + fm[i]) * period))
      }
    }
    phase = at
  }

  /// Constant pitch: every step of the phase is the same.
  @inline(__always)
  private mutating func runConstant(_ io: ModuleIO<Self>, from offset: L.Bits, step: L.Bits) {
    let gain = io.input(.gain), out = io.output(.out), frames = io.frames
    var at = phase.bits &+ offset, done = 0
    if L.count == 1 {
      // One voice: eight frames in a vector.
      let leads = SIMD8<Int32>.wrappingProduct(SIMD8(step[lane: 0]), SIMD8<Int32>(0, 1, 2, 3, 4, 5, 6, 7))
      while done &+ 8 <= frames {
        let places = Phase<Voices>(bits: SIMD8<Int32>.wrappingSum(SIMD8(at[lane: 0]), leads)).halfCycles
        (Voices.sineOfHalfCycle(places) * gain.eight(from: done, lane: 0)).write(to: out, from: done, lane: 0)
        at = at &+ step &* L.Bits(8)
        done &+= 8
      }
    }
    if L.count == 1 {
      while done < frames {
        out[done] = L.sineOfHalfCycle(Phase<L>(bits: at).halfCycles) * gain[done]
        at = at &+ step
        done &+= 1
      }
    } else {
      rotation.set(step)
      if gain.isConstant {
        let level = gain.value
        runRotations(io, &at, step) { _ in level }
      } else {
        let levels = gain.samples
        runRotations(io, &at, step) { levels[$0] }
      }
    }
    phase.bits = at &- offset
  }

  /// Eight phases as rotations of the first, counted by frames: the same for any split into calls.
  @inline(__always)
  private func runRotations(_ io: ModuleIO<Self>, _ at: inout L.Bits, _ step: L.Bits, level: (Int) -> L) {
    let out = io.output(.out), frames = io.frames
    var done = 0
    while done < frames {
      let first = (io.frame &+ done) & 7, count = min(8 &- first, frames &- done)
      let start = at &- step &* L.Bits(Int32(first))
      let sine = L.sineOfHalfCycle(Phase<L>(bits: start).halfCycles)
      let cosine = L.sineOfHalfCycle(Phase<L>(bits: start &+ L.Bits(1 << 30)).halfCycles)
      if count == 8 {
        out[done] = sine * level(done)
        for k in 1..<8 { out[done &+ k] = rotation.rotated(sine, cosine, by: k) * level(done &+ k) }
      } else {
        for k in first..<first &+ count {
          let i = done &+ k &- first
          out[i] = (k == 0 ? sine : rotation.rotated(sine, cosine, by: k)) * level(i)
        }
      }
      at = at &+ step &* L.Bits(Int32(count))
      done &+= count
    }
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Sine<Float>.self, Sine<Voices>.self) }
