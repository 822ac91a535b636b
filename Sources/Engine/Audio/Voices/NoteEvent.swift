// [audio] [control] Note events.

/// One change to the notes of a node. Plain bits.
public struct NoteEvent: BitwiseCopyable, Sendable {
  public enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// A note starts: key, value is its velocity.
    case on
    case off
    /// Value in semitones.
    case bend
    case pressure
    /// Moves a sounding note to another key; its value is unused.
    case retune
    /// The velocity of a sounding note changes.
    case velocity
    /// The third axis of a key (MPE), 0 … 1.
    case timbre
    /// The pitch wheel of a channel, -1 … 1.
    case wheel
    /// The full range of the wheel in semitones.
    case bendRange
    /// Tuning of a channel, in semitones: within one (registered parameter 1), and whole ones (registered parameter 2).
    case fineTuning, coarseTuning
    /// Sets the MPE zone of master channel 1 or 16; the value is its number of member channels.
    case zone
    /// Resets wheel, pressures and pedals of a channel.
    case reset
    /// Releases every key; held pedals keep their notes.
    case keysUp
    /// Releases every note, pedals or not.
    case allOff
    /// Silences every voice at once.
    case panic
    /// Pedals: the value is above 0.5 while one is down.
    case sustain, sostenuto
  }
  public var kind: Kind
  /// 1 … 16; 0: received by every node, applies to notes of every channel.
  public var channel: UInt8
  /// Who plays: the same key of the same channel is another note where it comes from another source. `anySource` means
  /// notes of every source.
  public var source: UInt8 = NoteEvent.anySource
  public static let anySource: UInt8 = 0, midiInput: UInt8 = 1, midiFile: UInt8 = 2
  /// The id of the note; 0: all notes of the key.
  public var id: Int32
  /// 0 ... 127 with fractions; below 0: every note of the channel.
  public var key: Float
  public var value: Float
  /// For note-ons: the note is identified by its id alone, and sounds its key in equal temperament, whatever the
  /// tuning.
  public var isNamed: Bool

  public init(
    _ kind: Kind, id: Int32 = 0, key: Float = -1, value: Float = 0, channel: UInt8 = 0, isNamed: Bool = false
  ) {
    self.kind = kind
    self.id = id
    self.key = key
    self.value = value
    self.channel = channel
    self.isNamed = isNamed
  }

  /// Returns whether the event applies to this note.
  @inline(__always) func means(id: Int32, key: Float, channel: UInt8, source: UInt8) -> Bool {
    if self.id != 0 { return self.id == id }
    return (self.key < 0 || self.key == key) && (self.channel == 0 || self.channel == channel)
      && (self.source == NoteEvent.anySource || self.source == source)
  }
}
