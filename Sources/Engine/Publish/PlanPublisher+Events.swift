// [control] Parameters, notes and monitoring requests on their way to the audio thread.
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
      (node.parameters.baseAddress! + port).pointee.set(value, buffer: nil)
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

  /// Sets the master volume as a gain; it takes 10 ms.
  public func setVolume(_ gain: Float, at frame: Int? = nil) -> Bool {
    send(Event(kind: .volume, frame: frame ?? Event.now, value: gain))
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
    withUnsafeMutableBytes(of: &event.midi) { $0.copyBytes(from: message) }
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
      value: value, buffer: UnsafeMutableRawPointer(parameter.groups), frames: parameter.smoothFrames)
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

extension PlanPublisher {
  /// The most nodes that can be metered at a time; the other slots are left for nodes that ring out.
  public static let meterLimit = MeterBank.slots - 17

  /// Starts or ends the metering of a node; nil: of the output. Returns false where the event ring buffer is full.
  package func setMeter(node serial: Int?, isOn: Bool) -> Bool {
    send(Event(kind: .meter, frame: Event.now, node: serial ?? MeterBank.outputs, value: isOn ? 1 : 0))
  }

  /// The next reading, of a node or (nil) of the output.
  package func nextReading() -> (serial: Int?, reading: MeterReading)? {
    guard let reading = engine.crossings.meters.readings.pop() else { return nil }
    return (reading.serial == MeterBank.outputs ? nil : reading.serial, reading)
  }
}

extension PlanPublisher {
  /// Signals that can be observed at a time.
  public static let scopeLimit = ScopeBank.slots
  /// The most frames that can be copied.
  public static let scopeFrames = ScopeBank.longest

  /// Observes an output of a node, or (nil) a channel of the output. Returns false where the event ring buffer is full.
  ///
  /// - Parameter key: distinguishes this signal from others in the same slot, not 0.
  package func setScope(_ slot: Int, node serial: Int?, port: Int, key: Int) -> Bool {
    engine.crossings.scopes.prepare()
    var event = Event(kind: .scope, frame: Event.now, node: serial ?? ScopeBank.outputs, instance: slot, port: port)
    event.order = key
    event.value = 1
    return send(event)
  }

  package func endScope(_ slot: Int) -> Bool {
    send(Event(kind: .scope, frame: Event.now, instance: slot, value: 0))
  }

  /// The newest frames; fewer where fewer were written.
  package func scope(_ slot: Int, key: Int, frames: Int) -> [Float] {
    engine.crossings.scopes.newest(frames, of: slot, key: key)
  }

  /// Inputs that can be probed at a time.
  public static let probeLimit = ProbeBank.slots

  /// Probes an input of a node. Returns false where the event ring buffer is full.
  ///
  /// - Parameters:
  ///   - isOnGrid: whether the input is written on the grid only.
  ///   - key: distinguishes this input from others in the same slot, not 0.
  package func setProbe(_ slot: Int, node serial: Int, port: Int, isOnGrid: Bool, key: Int) -> Bool {
    var event = Event(kind: .probe, frame: Event.now, node: serial, instance: slot, port: port)
    event.frames = isOnGrid ? 1 : 0
    event.order = key
    event.value = 1
    return send(event)
  }

  package func endProbe(_ slot: Int) -> Bool {
    send(Event(kind: .probe, frame: Event.now, instance: slot, value: 0))
  }

  /// The range of an input since the last call; nil where it was not rendered.
  package func probe(_ slot: Int, key: Int) -> (lowest: Float, highest: Float)? {
    engine.crossings.probes.range(slot, key: key)
  }

  /// Starts or ends measuring the peak of every output.
  package func measureLevels(_ isOn: Bool) {
    engine.crossings.measuresLevels.store(isOn, ordering: .relaxed)
    engine.crossings.levelReadings.add(1, ordering: .releasing)
  }

  /// Reads the peak of every output, by serial and port, since the last call; several for a node with several voices.
  package func readLevels(_ body: (_ serial: Int, _ port: Int, _ peak: Float) -> Void) {
    for plan in plans.values { plan.readPeaks(body) }
    engine.crossings.levelReadings.add(1, ordering: .releasing)
  }

  /// Starts or ends profiling. Returns false where the event ring buffer is full.
  package func setProfile(isOn: Bool) -> Bool {
    send(Event(kind: .profile, frame: Event.now, value: isOn ? 1 : 0))
  }

  /// The nanoseconds spent on each node, by serial, since the last call, and the frames rendered.
  package func collectCosts() -> (nanoseconds: [Int: Int], frames: Int) {
    let frames = engine.crossings.profiledFrames.exchange(0, ordering: .relaxed)
    var costs = spentCosts
    spentCosts = [:]
    for plan in plans.values { plan.addCosts(to: &costs) }
    return (costs, frames)
  }
}
