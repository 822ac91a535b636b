// [control] Parameters and notes on their way to the audio thread.
import ModuleKit

extension PlanPublisher {
  /// Sets a parameter of a node of the committed patch: smoothed, at `frame` or at once.
  ///
  /// - Parameters:
  ///   - frames: length of an automation segment; 0: smoothing as its spec says.
  ///   - curve: the shape of an automation segment.
  /// - Returns: false, without an effect, where the event ring buffer is full.
  public func setParameter(
    node serial: Int, port: Int, to value: Float, over frames: Int = 0, curve: AutomationCurve = .natural,
    at frame: Int? = nil
  ) -> Bool {
    guard let node = nodes[serial] else { return false }
    if waits(node, port, over: frames, at: frame) {
      guard early.count < PlanPublisher.earlyLimit else { return false }
      early.append(
        Event(
          kind: .parameter, frame: frame ?? Event.now, node: serial, port: port, value: value, frames: frames,
          curve: curve))
    } else if node.isPublished {
      let target = node.alone ?? node
      let event = Event(
        kind: .parameter, frame: frame ?? Event.now, node: serial, instance: target.number, port: port, value: value,
        buffer: target.movingBuffer(port), frames: frames, curve: curve)
      guard send(event) else { return false }
    } else {
      node.parameters[port].set(value, buffer: nil)
    }
    node.values[port] = value
    return true
  }

  /// Makes the memory that moving parameters need, so that setting one does not.
  package func prepareParameters() {
    for node in nodes.values {
      for port in node.descriptor.inputs.indices where node.descriptor.inputs[port].isParameter {
        _ = (node.alone ?? node).movingBuffer(port)
      }
    }
  }

  /// Returns whether a change must wait for the plan of its node: it comes later than the node, is an automation
  /// segment, or follows a change that waits. Any other sets the initial value of the node.
  private func waits(_ node: NodeInstance, _ port: Int, over frames: Int, at frame: Int?) -> Bool {
    if node.isPublished { return false }
    if frames > 0 || early.contains(where: { $0.kind == .parameter && $0.node == node.serial && $0.port == port }) {
      return true
    }
    return frame.map { $0 > startFrame(of: node) } ?? false
  }

  /// The frame at which an unpublished node starts; `Event.now` for the next period.
  func startFrame(of node: NodeInstance) -> Int {
    queue.first { $0.request.graph.nodes.contains { $0.instance === node } }?.request.startFrame ?? Event.now
  }

  /// Sets the master volume as a gain; it takes 10 ms.
  public func setVolume(_ gain: Float, at frame: Int? = nil) -> Bool {
    send(Event(kind: .volume, frame: frame ?? Event.now, value: gain))
  }

  /// Sets the clock of the session, or that of a MIDI file, from `frame` on, or at once. Returns false where the event
  /// ring buffer is full.
  public func setClock(_ clock: SessionClock, ofFile: Bool = false, at frame: Int? = nil) -> Bool {
    var event = Event(kind: ofFile ? .fileClock : .clock, frame: frame ?? Event.now)
    event.clock = clock
    return send(event)
  }

  /// Sends a note event to one node, by serial, or to every note node; at `frame` or at once.
  ///
  /// The event waits until such a node sounds. Returns false where the event ring buffer is full.
  public func play(_ note: NoteEvent, node serial: Int? = nil, at frame: Int? = nil) -> Bool {
    var event = Event(kind: .note, frame: frame ?? Event.now, node: serial ?? Event.everyNode)
    event.note = note
    guard areNotesPublished(for: serial) else {
      guard early.count < PlanPublisher.earlyLimit else { return false }
      early.append(event)
      return true
    }
    return send(event)
  }

  /// Returns whether the nodes that are to play have been published.
  private func areNotesPublished(for serial: Int?) -> Bool {
    for node in 0..<min(current.nodes.count, current.firstLeaving ?? .max) {
      let instance = current.nodes[node].instance
      guard instance.notes != nil, serial == nil || instance.serial == serial else { continue }
      if !instance.isPublished { return false }
    }
    return true
  }

  /// Sends a MIDI channel message, as if it had been received at `frame`. Returns false where the event ring buffer is
  /// full.
  public func play(midi message: [UInt8], at frame: Int? = nil) -> Bool {
    guard (1...3).contains(message.count) else { return true }
    var event = Event(kind: .midi, frame: frame ?? Event.now)
    for (i, byte) in message.enumerated() { event.midi[i] = byte }
    event.midiCount = message.count
    return send(event)
  }

  /// Events sent within `body` reach the audio thread at once: a chord starts on one sample.
  public func together(_ body: () -> Void) {
    guard batch == nil else { return body() }
    batch = []
    body()
    let events = batch ?? []
    batch = nil
    if !engine.crossings.events.push(all: events) { refusedEvents += events.count }
  }

  func send(_ event: Event) -> Bool {
    var event = event
    if event.kind != .scope && event.kind != .probe {
      lastOrder += 1
      event.order = lastOrder
    }
    if batch != nil {
      guard batch!.count < engine.crossings.events.room else {
        refusedEvents += 1
        return false
      }
      batch!.append(event)
      return true
    }
    let isSent = engine.crossings.events.push(event)
    if !isSent { refusedEvents += 1 }
    return isSent
  }

  /// Sends the notes and parameter changes that waited for the plan of their node.
  func sendEarly() {
    guard !early.isEmpty else { return }
    let waiting = early
    early = []
    together {
      for event in waiting {
        let frame = event.frame == Event.now ? nil : event.frame
        if event.kind == .parameter {
          _ = setParameter(
            node: event.node, port: event.port, to: event.value, over: event.frames, curve: event.curve, at: frame)
        } else if event.kind == .noteParameter {
          _ = setParameter(
            node: event.node, port: event.port, to: event.value, for: event.note,
            of: event.player == Event.everyNode ? nil : event.player, at: frame)
        } else {
          _ = play(
            event.note, node: event.node == Event.everyNode ? nil : event.node, at: frame)
        }
      }
    }
  }

  /// Free places in the event ring buffer.
  public var eventRoom: Int { engine.crossings.events.room - (batch?.count ?? 0) }

  /// True if the audio thread has received every event sent.
  public var hasReceivedEvents: Bool { engine.crossings.events.isDrained }
}

extension PlanPublisher {
  /// Returns whether each note has its own copy of the node: it follows voices, and notes play them.
  public func isPerVoice(node serial: Int) -> Bool {
    guard let node = current.nodes.firstIndex(where: { $0.instance.serial == serial }) else { return false }
    return current.nodes[node].instance.notes == nil && !current.players(of: node).isEmpty
  }

  /// Adds per-note values to a parameter of a node, from the next commit on.
  ///
  /// - Returns: true where they are new, so that a commit is needed before they are audible.
  public func enableNoteValues(node serial: Int, port: Int) -> Bool {
    guard let node = nodes[serial], node.noteParameters[port] == nil else { return false }
    finishDraft()
    let parameter = node.addNoteParameter(port)
    for group in 0..<(node.isPoly ? current.groups : 1) { _ = parameter.group(group) }
    return true
  }

  /// Sets a parameter for some notes alone, as long as they sound; at `frame` or at once.
  ///
  /// - Parameters:
  ///   - notes: the notes, by id or key.
  ///   - player: the note node, by serial; nil: any.
  /// - Returns: false where the event ring buffer is full.
  public func setParameter(
    node serial: Int, port: Int, to value: Float, for notes: NoteEvent, of player: Int? = nil, at frame: Int? = nil
  ) -> Bool {
    guard let node = nodes[serial], let parameter = node.noteParameters[port] else { return false }
    var event = Event(
      kind: .noteParameter, frame: frame ?? Event.now, node: serial, instance: (node.alone ?? node).number, port: port,
      value: value, buffer: RawMemory(parameter.groups.row()), frames: parameter.smoothFrames)
    event.note = notes
    event.player = player ?? Event.everyNode
    // Notes that wait for their node come before it.
    guard early.isEmpty, node.isPublished else {
      guard early.count < PlanPublisher.earlyLimit else { return false }
      early.append(event)
      return true
    }
    return send(event)
  }
}
