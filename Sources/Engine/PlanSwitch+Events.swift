// [control] Parameters and notes on their way to the audio thread.
import ModuleKit

extension PlanPublisher {
  /// Turns a parameter of a node of the committed patch: smoothed, at `frame` or at once.
  ///
  /// - Parameters:
  ///   - frames: how many it takes; 0: as its spec smooths it.
  ///   - course: the shape of a way that takes its own time.
  /// - Returns: false where the event ring is full; nothing has happened then.
  public func setParameter(
    node serial: Int, port: Int, to value: Float, over frames: Int = 0, curve: AutomationCurve = .natural, at frame: Int? = nil
  ) -> Bool {
    guard let node = nodes[serial] else { return false }
    if node.isPublished {
      let target = node.alone ?? node
      let event = Event(
        kind: .parameter, frame: frame ?? Event.now, node: serial, instance: target.number, port: port, value: value,
        buffer: target.movingBuffer(port), frames: frames, curve: curve)
      guard send(event) else { return false }
    } else {
      (node.parameters.baseAddress! + port).pointee.set(value, buffer: nil)
    }
    node.values[port] = value
    return true
  }

  /// The master volume as a gain; it takes 10 ms.
  public func setVolume(_ gain: Float, at frame: Int? = nil) -> Bool {
    send(Event(kind: .volume, frame: frame ?? Event.now, value: gain))
  }

  /// Changes the notes of one node, by serial, or of every node that takes notes; at `frame` or at once.
  ///
  /// Where no such node sounds yet, the change waits until one does. Returns false where the event ring is full.
  public func play(_ note: NoteEvent, node serial: Int? = nil, at frame: Int? = nil) -> Bool {
    var event = Event(kind: .note, frame: frame ?? Event.now, node: serial ?? Event.everyNode)
    event.note = note
    guard areNotesTaken(by: serial) else {
      guard early.count < PlanPublisher.earlyLimit else { return false }
      early.append(event)
      return true
    }
    return send(event)
  }

  /// Whether the nodes that are to play have been handed to the audio thread.
  private func areNotesTaken(by serial: Int?) -> Bool {
    for node in 0..<min(current.nodes.count, current.firstLeaving ?? .max) {
      let instance = current.nodes[node].instance
      guard instance.notes != nil, serial == nil || instance.serial == serial else { continue }
      if !instance.isPublished { return false }
    }
    return true
  }

  /// Sends a channel message of MIDI, as if it had come in at `frame`. Returns false where the event ring is full.
  public func play(midi message: [UInt8], at frame: Int? = nil) -> Bool {
    guard (1...3).contains(message.count) else { return true }
    var event = Event(kind: .midi, frame: frame ?? Event.now)
    withUnsafeMutableBytes(of: &event.midi) { $0.copyBytes(from: message) }
    event.midiCount = message.count
    return send(event)
  }

  /// What is sent within `body` is seen by the audio thread at once: a chord starts on one sample.
  public func together(_ body: () -> Void) {
    guard batch == nil else { return body() }
    batch = []
    body()
    let events = batch ?? []
    batch = nil
    if !engine.events.push(all: events) { refusedEvents += events.count }
  }

  func send(_ event: Event) -> Bool {
    var event = event
    if event.kind != .scope {
      lastOrder += 1
      event.order = lastOrder
    }
    if batch != nil {
      guard batch!.count < engine.events.room else {
        refusedEvents += 1
        return false
      }
      batch!.append(event)
      return true
    }
    let isSent = engine.events.push(event)
    if !isSent { refusedEvents += 1 }
    return isSent
  }

  /// Notes that came before the plan with their node.
  func sendEarly() {
    guard !early.isEmpty else { return }
    let waiting = early
    early = []
    together {
      for event in waiting {
        if event.kind == .noteParameter {
          _ = setParameter(
            node: event.node, port: event.port, to: event.value, for: event.note,
            of: event.player == Event.everyNode ? nil : event.player, at: event.frame)
        } else {
          _ = play(
            event.note, node: event.node == Event.everyNode ? nil : event.node, at: event.frame)
        }
      }
    }
  }

  /// Events that the audio thread can take now.
  public var eventRoom: Int { engine.events.room }

  /// Whether the audio thread has taken every event sent.
  public var hasTakenEvents: Bool { engine.events.isDrained }
}
