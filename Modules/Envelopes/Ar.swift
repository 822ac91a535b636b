import DSP
import ModuleKit

/// The plainest envelope: rises to 1 and stays there while the gate is on, then falls to 0.
///
/// The shapes are those of `adsr`: a linear release takes its time from whatever level. Times that are patched are looked
/// at every 16 frames, and where the gate turns.
struct Ar<L: Lane>: Module {
  enum In: Int, InputPort {
    case gate, attack, release, curve

    var spec: ParamSpec {
      switch self {
      case .gate: .gate("Rises while above 0.5, falls while not")
      case .attack: .attackTime()
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
  static var about: ModuleAbout { ModuleAbout("ar", .envelopes, "Attack and release", tail: 60) }

  private var segment = EnvelopeSegment<L>()
  private var times = EnvelopeTimes<L>()
  // What the times were computed from; no attack is negative, so the first frame computes them.
  private var attack = L(-1), release = L.zero, curve: Float = 0

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let isStill = io.input(.attack).isConstant && io.input(.release).isConstant
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
      release = L.select(lanes, io.input(.release)[i], self.release), curve = io.input(.curve).value[lane: 0]
    let changed = L.differ(attack, self.attack) | L.differ(release, self.release)
    guard changed.signs != 0 || curve != self.curve else { return L.Bits(0) }
    let adapted = curve == self.curve ? changed : L.Bits(-1)
    self.attack = attack
    self.release = release
    self.curve = curve
    times = EnvelopeTimes(
      attack: attack, decay: L(1), sustain: L(1), release: release, isLinear: curve == 0, sampleRate: io.sampleRate)
    return adapted
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Ar<Float>.self, Ar<Voices>.self) }
