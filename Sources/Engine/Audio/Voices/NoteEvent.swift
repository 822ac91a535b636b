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
    /// A sounding note goes to another key; its value says nothing.
    case retune
    /// The velocity of a sounding note changes.
    case velocity
    /// The third way of a finger on a key: 0 … 1.
    case timbre
    /// The pitch wheel of a channel, -1 … 1.
    case wheel
    /// How many semitones a whole turn of the wheel bends.
    case bendRange
    /// Channel 1 or 16 speaks for as many channels next to it as the value says.
    case zone
    /// Wheel, pressures and pedals of a channel go back to rest.
    case reset
    /// Every key comes up; pedals hold what they hold.
    case keysUp
    /// Every note is released, pedals or not.
    case allOff
    /// Every voice falls silent at once.
    case panic
    /// Pedals: the value is above 0.5 while one is down.
    case sustain, sostenuto
  }
  public var kind: Kind
  /// 1 ... 16; 0: heard by every node, and meant for notes of every channel.
  public var channel: UInt8
  /// The note that is meant; 0: those of the key.
  public var id: Int32
  /// 0 ... 127 with fractions; below 0: every note of the channel.
  public var key: Float
  public var value: Float
  /// For notes that start: the note is told from others by its id alone, and sounds its key in equal temperament,
  /// whatever the tuning.
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

  /// Whether it means a note of these.
  @inline(__always) func means(id: Int32, key: Float, channel: UInt8) -> Bool {
    if self.id != 0 { return self.id == id }
    return (self.key < 0 || self.key == key) && (self.channel == 0 || self.channel == channel)
  }
}
