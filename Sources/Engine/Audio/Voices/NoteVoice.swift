// [audio] Voice-allocator state of one voice.

/// A key that is down, or held by a pedal.
struct HeldNote: BitwiseCopyable {
  var id: Int32 = 0
  /// Unique among the notes of its node; from 1.
  var number: UInt32 = 0
  var channel: UInt8 = 0
  var source = NoteEvent.anySource
  var key: Float = 0
  /// Octaves from A4, in the tuning at note-on.
  var pitch: Float = 0
  var velocity: Float = 0
  /// See `NoteEvent.isNamed`.
  var isNamed = false
  /// The key itself is down.
  var isDown = true
  /// It was down when the sostenuto pedal went down.
  var isCaught = false
  var expression = NoteExpression()

  /// Returns whether the other is a repeat of the same note: by id, or by source, channel and key.
  func isAgain(_ other: HeldNote) -> Bool {
    if isNamed != other.isNamed { return false }
    return isNamed ? id == other.id : key == other.key && channel == other.channel && source == other.source
  }
}

/// Expression of one note, added to that of its channel.
struct NoteExpression: BitwiseCopyable {
  /// Semitones.
  var bend: Float = 0
  var pressure: Float = 0
  /// Not a number: the channel's value.
  var timbre: Float = .nan
}

/// Voice-allocator state of one voice.
struct NoteVoice: BitwiseCopyable {
  enum Stage: UInt8 {
    case idle
    /// The note is held, or about to start.
    case held
    /// The note has been released and may still sound.
    case released
  }
  var stage = Stage.idle
  /// Plays the note chosen by a monophonic mode.
  var isSolo = false
  /// The voice was idle before the note began.
  var isFresh = false
  var note = HeldNote()
  /// Grows with each start and release: age order.
  var order = 0
  /// The frame of the planned note-on; `Int.max`: already started.
  var startFrame = Int.max
  /// The frame of the planned note-off; `Int.max`: none.
  var endFrame = Int.max
  /// The frame at which a fade ends and the voice is idle; `Int.max`: no fade.
  var fadedFrame = Int.max
  /// The frame at which the voice is faded in any case; `Int.max`: never.
  var lastFrame = Int.max
  /// The frames of the last gate opening and closing.
  var openedFrame = Int.min
  var closedFrame = Int.min
  /// Recent peak level.
  var level: Float = 0
  /// Frames of silence since the gate closed.
  var silentFrames = 0
}
