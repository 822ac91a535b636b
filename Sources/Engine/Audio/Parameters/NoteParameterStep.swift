// [audio] A parameter with a value of its own for each note.
import DSP
import ModuleKit

/// What the notes of eight voices have made of one parameter.
struct NoteParameterGroup: BitwiseCopyable {
  /// The value that each voice's note was given.
  private var value = Slide()
  /// How much of it counts, and how much of the parameter that all share does not: 0 … 1.
  private var share = Slide()
  /// The note, by number, that was given a value; 0: none was.
  private var owner = SIMD8<UInt32>(repeating: 0)
  /// The note, by number, that was given its value before it began.
  private var early = SIMD8<UInt32>(repeating: 0)
  /// The notes, by number, that the voices played in the last chunk.
  private var playing = SIMD8<UInt32>(repeating: 0)

  var isMoving: Bool { value.isMoving || share.isMoving }

  /// Gives a note its own value, in the frame in which it begins, before, or later.
  mutating func set(lane: Int, to value: Float, for note: UInt32, isEarly: Bool, frames: Int) {
    let isHeard = share.value(lane: lane) > 0
    self.value.move(lane: lane, to: value, frames: isHeard ? frames : 0)
    owner[lane] = note
    early[lane] = isEarly ? note : 0
  }

  /// Looks at which notes play: values last as long as theirs. A note that begins from silence, begins with its own.
  mutating func follow(_ notes: UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>>, _ count: Int, frames: Int) {
    guard count > 0 else { return }
    for lane in 0..<Voices.count {
      var player = notes[0]
      // Of two notes in one voice, the one that was given a value counts.
      for k in 1..<max(count, 1) where notes[k].pointee.number[lane] == owner[lane] { player = notes[k] }
      let note = player.pointee.number[lane]
      let wanted: Float = note != 0 && note == owner[lane] ? 1 : 0
      if share.target[lane] != wanted {
        let begins = wanted == 1 ? note == early[lane] : note != playing[lane]
        share.move(lane: lane, to: wanted, frames: begins && note == player.pointee.fresh[lane] ? 0 : frames)
      }
      playing[lane] = note
    }
  }

  /// The parameter of each voice where the one that all share stands at `shared`.
  @inline(__always) func mix(_ shared: Voices, at i: Int) -> Voices {
    let part = share[i], own = value[i]
    return Voices.select(Voices.less(part, Voices(1)), Voices.fma(own - shared, part, shared), own)
  }

  mutating func advance(_ frames: Int) {
    value.advance(frames)
    share.advance(frames)
  }
}

/// Turns a parameter into what each voice's note has made of it. Output 0: the parameter of one group.
struct NoteParameterStep {
  var parameter: UnsafeMutablePointer<SignalCell>
  var group: UnsafeMutablePointer<NoteParameterGroup>
  /// Those that play the node.
  var notes: UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>>
  var noteCount: Int
  /// How long a note's parameter takes on its way.
  var smoothFrames: Int

  static let processMono: Process = { state, _, outputs, context in
    state.assumingMemoryBound(to: NoteParameterStep.self).pointee.run(Float.self, outputs[0], context.pointee.frames)
  }
  static let processPoly: Process = { state, _, outputs, context in
    state.assumingMemoryBound(to: NoteParameterStep.self).pointee.run(Voices.self, outputs[0], context.pointee.frames)
  }

  @inline(__always)
  private func run<L: Lane>(_: L.Type, _ output: UnsafeMutablePointer<SignalCell>, _ frames: Int) {
    group.pointee.follow(notes, noteCount, frames: smoothFrames)
    let shared = parameter.pointee.base.assumingMemoryBound(to: L.self), mask = parameter.pointee.mask
    if mask == 0 && !group.pointee.isMoving {
      output.pointee.hold(L(ofVoices: group.pointee.mix(spread(shared[0]), at: 0)))
    } else {
      let out = output.pointee.flow(L.self), group = group.pointee
      for i in 0..<frames { out[i] = L(ofVoices: group.mix(spread(shared[i & mask]), at: i)) }
    }
    group.pointee.advance(frames)
  }

  /// One voice in all lanes, or eight as they are.
  @inline(__always) private func spread<L: Lane>(_ x: L) -> Voices {
    var voices = Voices(x[lane: 0])
    if L.count > 1 { for lane in 1..<L.count { voices[lane] = x[lane: lane] } }
    return voices
  }
}
