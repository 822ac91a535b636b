import DSP
import ModuleKit

/// Which voice this is: lets one patch detune, pan and vary its voices.
///
/// Its outputs never change: `index` counts the voices from 0, `spread` spaces them evenly over −1 ... 1
/// (0 when there is but one), `random` is drawn once for each voice and node.
struct Voice<L: Lane>: Module {
  typealias In = NoInputs
  enum Out: Int, OutputPort {
    case index, spread, random

    var summary: String {
      switch self {
      case .index: "The number of the voice: 0, 1, 2 …"
      case .spread: "The voices evenly over −1 … 1; 0 for one voice"
      case .random: "A number of the voice's own, −1 … 1"
      }
    }
  }
  static var about: ModuleAbout {
    ModuleAbout("voice", .notes, "Which voice this is", voicing: .source, tail: nil, isPure: true)
  }

  private var number = L.zero
  private let random: L

  init(_ setup: ModuleSetup) {
    for lane in 0..<L.count { number[lane: lane] = Float(setup.firstVoice + lane) }
    random = Random<L>(setup.randomBits(of: L.self)).value
  }

  mutating func process(_ io: ModuleIO<Self>) {
    io.hold(.index, at: number)
    io.hold(.random, at: random)
    let last = io.voices - 1
    guard last > 0 else { return io.hold(.spread, at: L.zero) }
    // Lanes beyond the last voice are not heard; they are held to the range all the same.
    let place = L.minimum(number * (2 / Float(last)), L(2))
    io.hold(.spread, at: place - 1)
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Voice<Float>.self, Voice<Voices>.self) }
