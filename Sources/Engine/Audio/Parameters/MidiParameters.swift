// [audio] Parameters that MIDI moves: by a controller, and by a separate value for each note.
import DSP
import ModuleKit
import Synchronization

/// One parameter and its controller, in one plan.
struct MappedParameter {
  /// 1 … 16; 0: any.
  var channel: UInt8
  var controller: UInt8
  /// Fourteen bits: the controller 32 above holds the lower seven.
  var isFine: Bool
  var travel: MappingRange
  var parameter: Reference<Parameter>
  var buffer: RawMemory?
  var pickup: Reference<Pickup>
  var reported: Reference<Atomic<UInt64>>

  func receives(_ number: UInt8, _ channel: UInt8) -> Bool {
    (number == controller || isFine && number == controller + 32) && (self.channel == 0 || self.channel == channel)
  }

  /// Applies a controller position, 0 … 1. A parameter that was set from elsewhere keeps its value until the controller
  /// reaches it (soft take-over).
  func apply(to place: Float, in plan: Reference<Plan>) {
    let before = pickup.pointee.place, value = travel.value(at: place), stands = parameter.pointee.target
    pickup.pointee.place = place
    if stands != pickup.pointee.given && stands != value {
      let goal = travel.place(of: stands)
      let isNear = (place - goal).magnitude <= MappedParameter.reach
      // Before the first move the position is not a number.
      let hasPassed = (before - goal) * (place - goal) <= 0
      guard isNear || hasPassed else { return }
    }
    pickup.pointee.given = value
    plan.pointee.set(parameter, value, buffer: buffer)
    let version = reported.pointee.load(ordering: .relaxed) >> 32 &+ 1
    reported.pointee.store(version << 32 | UInt64(value.bitPattern), ordering: .releasing)
  }

  /// Distance within which a controller picks the parameter up: a step of seven bits.
  private static let reach: Float = 1 / 127
}

/// State of a controller that survives plans.
struct Pickup: BitwiseCopyable {
  /// The last controller position, and the value set from it; not a number before the first move.
  var place: Float = .nan
  var given: Float = .nan
}

/// Maps a controller position to a parameter value, and back.
struct MappingRange: BitwiseCopyable, Equatable {
  /// The parameter's values at either end; the first may be the greater.
  var from: Float
  var to: Float
  /// Linear in octaves.
  var isLogarithmic: Bool
  /// Whole numbers only: choices, switches, counts.
  var isWhole: Bool

  func value(at place: Float) -> Float {
    if place <= 0 { return from }
    if place >= 1 { return to }
    if isLogarithmic { return from * Float.exp2(place * Float.log2(to / from)) }
    let value = from + (to - from) * place
    return isWhole ? value.rounded() : value
  }

  func place(of value: Float) -> Float {
    guard from != to else { return 0 }
    return isLogarithmic ? Float.log2(value / from) / Float.log2(to / from) : (value - from) / (to - from)
  }
}

/// Per-note values of one parameter, for eight voices.
struct NoteParameterGroup: BitwiseCopyable {
  /// The value of each voice's note.
  private var value = Slide()
  /// Crossfade from the shared parameter (0) to the note's value (1).
  private var share = Slide()
  /// The number of the note that has a value; 0: none.
  private var owner = SIMD8<UInt32>(repeating: 0)
  /// The number of the note whose value was set before it began.
  private var early = SIMD8<UInt32>(repeating: 0)
  /// The numbers of the notes that the voices played in the last block.
  private var playing = SIMD8<UInt32>(repeating: 0)

  var isMoving: Bool { value.isMoving || share.isMoving }

  /// Sets the value of a note, before, at or after its first frame.
  mutating func set(lane: Int, to value: Float, for note: UInt32, isEarly: Bool, frames: Int) {
    let isHeard = share.value(lane: lane) > 0
    self.value.move(lane: lane, to: value, frames: isHeard ? frames : 0)
    owner[lane] = note
    early[lane] = isEarly ? note : 0
  }

  /// Follows note changes: a value lasts as long as its note. A note that begins from silence starts with its own
  /// value.
  mutating func follow(_ notes: Row<Reference<NoteGroup>>, frames: Int) {
    guard !notes.isEmpty else { return }
    for lane in 0..<Voices.count {
      var player = notes[0]
      // Of two notes in one voice, the one with a value counts.
      for k in 1..<max(notes.count, 1) where notes[k].pointee.number[lane] == owner[lane] { player = notes[k] }
      let note = player.pointee.number[lane]
      let wanted: Float = note != 0 && note == owner[lane] ? 1 : 0
      if share.target[lane] != wanted {
        let begins = wanted == 1 ? note == early[lane] : note != playing[lane]
        share.move(lane: lane, to: wanted, frames: begins && note == player.pointee.fresh[lane] ? 0 : frames)
      }
      playing[lane] = note
    }
  }

  /// The parameter of each voice, given the shared value.
  @inline(__always) func mix(_ shared: Voices, at i: Int) -> Voices {
    let part = share[i], own = value[i]
    return Voices.select(Voices.less(part, Voices(1)), Voices.fma(own - shared, part, shared), own)
  }

  mutating func advance(_ frames: Int) {
    value.advance(frames)
    share.advance(frames)
  }
}

/// Computes a parameter with per-note values. Output 0: the parameter of one group.
struct NoteParameterStep {
  var parameter: Reference<SignalCell>
  var group: Reference<NoteParameterGroup>
  /// The note groups that play the node.
  var notes: Row<Reference<NoteGroup>>
  /// Smoothing time of per-note values, in frames.
  var smoothFrames: Int

  static let processMono: Process = { run(Float.self, StepCall($0, $1, $2, $3)) }
  static let processPoly: Process = { run(Voices.self, StepCall($0, $1, $2, $3)) }

  @inline(__always) private static func run<L: Lane>(_: L.Type, _ call: StepCall) {
    call.state.reference(to: NoteParameterStep.self).pointee.run(L.self, call.outputs[0], call.frames)
  }

  @inline(__always)
  private func run<L: Lane>(_: L.Type, _ output: Reference<SignalCell>, _ frames: Int) {
    group.pointee.follow(notes, frames: smoothFrames)
    let shared = parameter.pointee.row(L.self), mask = parameter.pointee.mask
    if mask == 0 && !group.pointee.isMoving {
      output.pointee.hold(L(ofVoices: group.pointee.mix(spread(shared[0]), at: 0)))
    } else {
      let out = output.pointee.flowing(L.self), group = group.pointee
      for i in 0..<frames { out[i] = L(ofVoices: group.mix(spread(shared[i & mask]), at: i)) }
    }
    group.pointee.advance(frames)
  }

  /// Spreads one voice over all lanes; eight voices are unchanged.
  @inline(__always) private func spread<L: Lane>(_ x: L) -> Voices {
    var voices = Voices(x[lane: 0])
    if L.count > 1 { for lane in 1..<L.count { voices[lane] = x[lane: lane] } }
    return voices
  }
}
