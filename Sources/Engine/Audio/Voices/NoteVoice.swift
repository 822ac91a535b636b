// [audio] Voice-allocator state of one voice.

/// A key that is down, or held by a pedal.
struct HeldNote: BitwiseCopyable {
  var id: Int32 = 0
  /// Tells it from every other note of its node; from 1.
  var number: UInt32 = 0
  var channel: UInt8 = 0
  var key: Float = 0
  /// Octaves from A4, as its key was tuned when it was struck.
  var pitch: Float = 0
  var velocity: Float = 0
  /// See `NoteEvent.isNamed`.
  var isNamed = false
  /// The key itself is down.
  var isDown = true
  /// It was down when the sostenuto pedal went down.
  var isCaught = false
  var expression = NoteExpression()

  /// Another strike of the same: by id, or by key.
  func isAgain(_ other: HeldNote) -> Bool {
    isNamed == other.isNamed && (isNamed ? id == other.id : key == other.key)
  }
}

/// What is done to one note alone, beside what its channel does to all of its own.
struct NoteExpression: BitwiseCopyable {
  /// Semitones.
  var bend: Float = 0
  var pressure: Float = 0
  /// Not a number: as its channel has it.
  var timbre: Float = .nan
}

/// What one voice does.
struct NoteVoice: BitwiseCopyable {
  enum Stage: UInt8 {
    case idle
    /// Its note is held, or about to start.
    case held
    /// Its note has been let go and may still sound.
    case released
  }
  var stage = Stage.idle
  /// It plays the note that a mode of one voice has chosen.
  var isSolo = false
  /// It was idle before its note began.
  var isFresh = false
  var note = HeldNote()
  /// Grows with each start and release: tells older from newer.
  var order = 0
  /// The frame at which its note starts and its gate opens; `Int.max`: it has.
  var startFrame = Int.max
  /// The frame at which its gate closes; `Int.max`: nothing is planned.
  var endFrame = Int.max
  /// The frame at which it has faded and is idle; `Int.max`: it does not fade.
  var fadedFrame = Int.max
  /// The frame at which it is faded, whatever it plays; `Int.max`: never.
  var lastFrame = Int.max
  /// The frame at which the gate was last opened or closed.
  var openedFrame = Int.min
  var closedFrame = Int.min
  /// How loud it has been of late.
  var level: Float = 0
  /// Frames for which it has been silent with its gate closed.
  var silentFrames = 0
}
