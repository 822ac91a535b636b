// [control] [audio] Events: changes that the control thread sends to the audio thread, each with its frame.

/// One change while a plan plays. Plain bits: it crosses the ring by copy.
struct Event {
  enum Kind: UInt8 {
    /// A node's parameter: node, port, value, and a buffer to move in.
    case parameter
    /// The master volume, as a gain.
    case volume
    /// Whether a node (or what leaves the outputs) is metered: value 1 or 0.
    case meter
    /// A signal that is looked at: node, port, the slot as its instance, its key as the order; value 1, or 0 for none.
    case scope
    /// An input that is probed: node, port, the slot as its instance, its key as the order; value 1, or 0 for none.
    /// Its frames are 1 where the input is written on the grid only.
    case probe
    /// Whether costs are measured: value 1 or 0.
    case profile
    /// A change of notes.
    case note
    /// A parameter of a node (node, port, value) for some notes alone; its buffer is the table of a `NoteParameter`.
    case noteParameter
    /// A message of MIDI from the control side.
    case midi
  }
  var kind: Kind
  /// The absolute frame at which it happens; `Event.now` for at once.
  var frame: Int
  /// The serial of the node. A node that is not in the active plan makes the event a counted drop.
  var node: Int = 0
  /// Which instance of that node the buffer belongs to: a node whose width changes has two for a while.
  var instance: Int = 0
  var port: Int = 0
  var value: Float = 0
  var buffer: UnsafeMutableRawPointer?
  /// Frames that a parameter takes; 0: as its spec says.
  var frames: Int = 0
  var curve = AutomationCurve.natural
  /// Grows with every event and commit: what of one frame was asked for first, is done first.
  var order: Int = 0
  var note = NoteEvent(.allOff)
  /// Whose notes turn a parameter: the serial of the node that takes them.
  var player = Event.everyNode
  /// A channel message, and how many of its bytes count.
  var midi: (UInt8, UInt8, UInt8) = (0, 0, 0)
  var midiCount = 0

  static let now = Int.min
  /// For notes: every node that takes them.
  static let everyNode = -1
}

/// Events that wait for their frame: a heap of fixed size, earliest first.
struct EventHeap {
  static let capacity = 4_096
  private let events: UnsafeMutablePointer<Event>
  private(set) var count = 0

  init() { events = .allocate(capacity: EventHeap.capacity) }
  func deallocate() { events.deallocate() }

  /// The frame of the earliest event.
  var first: Int { count == 0 ? Int.max : events[0].frame }

  private func isEarlier(_ a: Int, _ b: Int) -> Bool {
    (events[a].frame, events[a].order) < (events[b].frame, events[b].order)
  }

  /// False when the heap is full.
  mutating func insert(_ event: Event) -> Bool {
    guard count < EventHeap.capacity else { return false }
    var at = count
    (events + at).initialize(to: event)
    count += 1
    while at > 0, isEarlier(at, (at - 1) / 2) {
      swap(at, (at - 1) / 2)
      at = (at - 1) / 2
    }
    return true
  }

  mutating func removeFirst() -> Event {
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
