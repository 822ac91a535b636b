import DSP
import ModuleKit

/// The number of the voice: lets one patch detune, pan and vary its voices.
///
/// `index` counts the voices from 0, `random` is drawn once for each voice and node; neither ever changes. `spread`
/// spaces the voices evenly over −1 ... 1 (0 for a single one); when their number changes, it moves on a ramp.
struct Voice<L: Lane>: Module {
  typealias In = NoInputs
  enum Out: Int, OutputPort {
    case index, spread, random

    var summary: String {
      switch self {
      case .index: "Index of the voice: 0, 1, 2 …"
      case .spread: "Voices spread evenly over −1 … 1; 0 for one voice"
      case .random: "Random number of each voice, −1 … 1"
      }
    }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "voice", .notes, "Index of the voice", voicing: .source, tail: nil, isPure: true,
      otherNames: OtherNames("voice number, polyphony, unison, spread", vcv: "Poly", max: "thispoly~"))
  }

  private var number = L.zero
  private let random: L
  // The present value of each voice, its value at the last change of the voice count, and that change.
  private var shown = L.zero, from = L.zero, start: Float = 0, target: Float = 0, isSet = false

  init(_ setup: ModuleSetup) {
    for lane in 0..<L.count { number[lane: lane] = Float(setup.firstVoice + lane) }
    random = Random<L>(setup.randomBits(of: L.self)).value
  }

  mutating func process(_ io: ModuleIO<Self>) {
    io.hold(.index, at: number)
    io.hold(.random, at: random)
    let last = io.lastVoice
    // A kernel of a single voice: it stays in the middle while others are added or removed.
    if L.count == 1 { return io.hold(.spread, at: place(upTo: min(last.start, last.target))) }
    guard last.isMoving else {
      shown = place(upTo: last.target)
      (start, target) = (last.target, last.target)
      isSet = true
      return io.hold(.spread, at: shown)
    }
    // A linear ramp from the present value of each voice, also after an interrupted ramp.
    if last.start != start || last.target != target {
      from = isSet ? shown : place(upTo: last.start)
      (start, target) = (last.start, last.target)
    }
    isSet = true
    let spread = io.output(.spread), goal = place(upTo: target), way = 1 / (target - start)
    for i in 0..<io.frames {
      spread[i] = L.fma(goal - from, L((last[i] - start) * way), from)
    }
    shown = spread[io.frames - 1]
  }

  /// Voices beyond the last one, which may still sound, have its value.
  @inline(__always) private func place(upTo last: Float) -> L {
    last > 0 ? L.minimum(number * L(2 / last), L(2)) - 1 : L.zero
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Voice<Float>.self, Voice<Voices>.self) }
