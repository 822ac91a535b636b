// [control] [audio] Events: changes that the control thread sends to the audio thread, each with its frame; notes.
import ModuleKit

/// One change while a plan plays. Plain bits: copied through the ring buffer.
package struct Event: BitwiseCopyable {
  package enum Kind: UInt8, BitwiseCopyable {
    /// A node's parameter: node, port, value, and a buffer for its movement.
    case parameter
    /// The master volume, as a gain.
    case volume
    /// Meters a node or the output: value 1 or 0.
    case meter
    /// Observes a signal: node, port, the slot as its instance, its key as the order; value 1, or 0 for none.
    case scope
    /// Probes an input: node, port, the slot as its instance, its key as the order; value 1, or 0 for none. Its frames
    /// are 1 where the input is written on the grid only.
    case probe
    /// Enables profiling: value 1 or 0.
    case profile
    /// A note event.
    case note
    /// Per-note values of a parameter (node, port, value); its buffer is the table of a `NoteParameter`.
    case noteParameter
    /// A MIDI message from the control side.
    case midi
    /// The clock of the session, and that of a MIDI file.
    case clock, fileClock
  }
  package var kind: Kind
  /// The absolute frame; `Event.now` for at once.
  package var frame: Int
  /// The serial of the node. A node that is not in the active plan makes the event a counted drop.
  var node: Int = 0
  /// The instance that the buffer belongs to: a node whose width changes has two for a while.
  var instance: Int = 0
  var port: Int = 0
  var value: Float = 0
  var buffer: RawMemory?
  /// Length of an automation segment; 0: smoothing as the spec says.
  var frames: Int = 0
  var curve = AutomationCurve.natural
  /// Grows with every event and commit: the order within one frame.
  package var order: Int = 0
  var note = NoteEvent(.allOff)
  /// The note node of per-note values, by serial.
  var player = Event.everyNode
  /// A channel message, and its number of bytes.
  var midi: InlineArray<3, UInt8> = [0, 0, 0]
  var midiCount = 0
  var clock = SessionClock()

  /// An event that changes nothing audible, for tests of the order.
  package init(frame: Int) { self.init(kind: .profile, frame: frame) }

  init(
    kind: Kind, frame: Int, node: Int = 0, instance: Int = 0, port: Int = 0, value: Float = 0,
    buffer: RawMemory? = nil, frames: Int = 0, curve: AutomationCurve = .natural
  ) {
    (self.kind, self.frame, self.node, self.instance, self.port) = (kind, frame, node, instance, port)
    (self.value, self.buffer, self.frames, self.curve) = (value, buffer, frames, curve)
  }

  static let now = Int.min
  /// For notes: every note node.
  static let everyNode = -1
}

/// A heap of future events, of fixed size, earliest first.
package struct EventHeap {
  /// As many as the ring buffer holds: a full ring buffer always fits an empty heap.
  package static let capacity = 16_384
  private let events: Row<Event>
  package private(set) var count = 0
  var isFull: Bool { count == EventHeap.capacity }

  package init() { events = .room(for: EventHeap.capacity) }
  package func free() { events.free() }

  /// The frame of the earliest event.
  package var first: Int { count == 0 ? Int.max : events[0].frame }

  private func isEarlier(_ a: Int, _ b: Int) -> Bool {
    (events[a].frame, events[a].order) < (events[b].frame, events[b].order)
  }

  /// Returns false when the heap is full.
  package mutating func insert(_ event: Event) -> Bool {
    guard count < EventHeap.capacity else { return false }
    var at = count
    events.initialize(at, to: event)
    count += 1
    while at > 0, isEarlier(at, (at - 1) / 2) {
      swap(at, (at - 1) / 2)
      at = (at - 1) / 2
    }
    return true
  }

  package mutating func removeFirst() -> Event {
    let event = events[0]
    count -= 1
    if count > 0 { events[0] = events[count] }
    var at = 0
    while true {
      var least = at
      for child in (2 * at + 1)...(2 * at + 2) where child < count && isEarlier(child, least) { least = child }
      if least == at { return event }
      swap(at, least)
      at = least
    }
  }

  private func swap(_ a: Int, _ b: Int) {
    let held = events[a]
    events[a] = events[b]
    events[b] = held
  }
}

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
    /// Tuning of a key for all channels (MIDI tuning standard); the value is in semitones, 69 = 440 Hz.
    case keyTuning
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
  /// The sender: the same key of the same channel is another note where it comes from another source. `anySource` means
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
