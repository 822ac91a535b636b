import DSP
import ModuleKit

/// The envelope of a note: rises to 1 while the gate is on, falls to the sustain level, and to 0
/// when the gate goes off. A new gate rises from wherever the envelope is.
///
/// `linear`: straight lines; each takes its time, the release from whatever level. `exponential`: as
/// a capacitor charges towards 1.3 and discharges towards a ten-thousandth below its goal; decay and
/// release times are those of a fall over the whole height.
///
/// Times and level that are patched are looked at every 16 frames, and where the gate turns.
/// - Source: N. Redmon, "Envelope generators" (EarLevel Engineering, 2013), for the overshooting goals.
struct Adsr<L: Lane>: Module {
  enum In: Int, InputPort {
    case gate, attack, decay, sustain, release, curve

    var spec: ParamSpec {
      switch self {
      case .gate: .gate("The note is held while above 0.5")
      case .attack: .attackTime()
      case .decay: .decayTime()
      case .sustain: .amount("Level while the note is held", default: 0.7, range: 0...1)
      case .release: .releaseTime()
      case .curve: .choice("Shape of the segments", ["linear", "exponential"], default: "exponential")
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The envelope, 0 … 1" }
    var range: ClosedRange<Float>? { 0...1 }
  }
  static var about: ModuleAbout { ModuleAbout("adsr", .envelopes, "Attack, decay, sustain, release", tail: 60) }

  private var segment = EnvelopeSegment<L>()
  private var times = EnvelopeTimes<L>()
  // What the times were computed from; no attack is negative, so the first frame computes them.
  private var attack = L(-1), decay = L.zero, sustain = L.zero, release = L.zero, curve: Float = 0

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let isStill =
      io.input(.attack).isConstant && io.input(.decay).isConstant && io.input(.sustain).isConstant
      && io.input(.release).isConstant
    if isStill {
      let adapted = read(io, at: 0, L.Bits(-1))
      if adapted.signs != 0 { segment.adapt(to: times, in: adapted) }
      return io.play(&segment, times, gate: .gate, to: .out)
    }
    var segment = segment
    let last = L.less(attack, .zero).signs == 0 ? times : nil
    io.play(&segment, gate: .gate, to: .out, last: last) { i, lanes, segment in
      let adapted = read(io, at: i, lanes)
      if adapted.signs != 0 { segment.adapt(to: times, in: adapted) }
      return times
    }
    self.segment = segment
  }

  /// Takes the parameters of frame i in some lanes, where they have changed.
  ///
  /// - Returns: the lanes that must go on to the new times from their present level.
  private mutating func read(_ io: ModuleIO<Self>, at i: Int, _ lanes: L.Bits) -> L.Bits {
    let attack = L.select(lanes, io.input(.attack)[i], self.attack),
      decay = L.select(lanes, io.input(.decay)[i], self.decay),
      sustain = L.select(lanes, io.input(.sustain)[i], self.sustain)
    let release = L.select(lanes, io.input(.release)[i], self.release), curve = io.input(.curve).value[lane: 0]
    let changed =
      L.differ(attack, self.attack) | L.differ(decay, self.decay) | L.differ(sustain, self.sustain)
      | L.differ(release, self.release)
    guard changed.signs != 0 || curve != self.curve else { return L.Bits(0) }
    let adapted = curve == self.curve ? changed : L.Bits(-1)
    self.attack = attack
    self.decay = decay
    self.sustain = sustain
    self.release = release
    self.curve = curve
    times = EnvelopeTimes(
      attack: attack, decay: decay, sustain: sustain, release: release, isLinear: curve == 0, sampleRate: io.sampleRate)
    return adapted
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Adsr<Float>.self, Adsr<Voices>.self) }
