// [audio] Events applied at their frames.
import DSP
import ModuleKit
import Synchronization

extension AudioState {
  func receive(_ event: Event) {
    if event.frame <= now {
      if event.frame != Event.now && event.frame < now { crossings.lateEvents.add(1, ordering: .relaxed) }
      apply(event)
    } else if !pending.insert(event) {
      crossings.droppedEvents.add(1, ordering: .relaxed)
    }
  }

  func applyDueEvents() {
    startDuePlans()
    while pending.first <= now { apply(pending.removeFirst()) }
    applyDueMidi()
    if let active { for entry in active.pointee.allocators { entry.allocator.pointee.catchUp(to: now) } }
    if panicEnd <= now { clearAfterPanic() }
  }

  private func apply(_ event: Event) {
    switch event.kind {
    case .meter: meters.set(event.node, isOn: event.value > 0)
    case .scope:
      scopes.set(event.instance, serial: event.value > 0 ? event.node : nil, port: event.port, key: event.order)
    case .probe:
      probes.set(
        event.instance, serial: event.value > 0 ? event.node : nil, port: event.port, isOnGrid: event.frames > 0,
        key: event.order)
    case .profile: crossings.isProfiled.store(event.value > 0, ordering: .relaxed)
    case .volume: master.move(to: event.value, frames: Int(sampleRate * 0.01))
    case .note: receive(event.note, for: event.node)
    case .noteParameter: setForNotes(event)
    case .midi:
      withUnsafeBytes(of: event.midi) {
        apply(midi: $0.baseAddress!.assumingMemoryBound(to: UInt8.self), count: event.midiCount)
      }
    case .parameter:
      if set(event, instance: event.instance, in: active) { return }
      // A node of a plan that waits for its start frame: set it there, and in the instance that sounds until then.
      let isSetAhead = setAhead(event)
      if !set(event, instance: nil, in: active) && !isSetAhead { crossings.droppedEvents.add(1, ordering: .relaxed) }
    }
  }

  func countDrop() { crossings.droppedEvents.add(1, ordering: .relaxed) }

  /// [audio] Applies a note event at the present frame.
  func receive(_ note: NoteEvent, for node: Int) {
    guard let active else {
      if note.channel == 0 || note.kind == .on { countDrop() }
      return
    }
    // Channel messages are valid without a listening node; notes are not.
    var isReceived = note.channel != 0 && note.kind != .on, reachesAlone = note.channel == 0
    for entry in active.pointee.allocators where !entry.isLeaving && (node == Event.everyNode || node == entry.node) {
      entry.allocator.pointee.apply(note, at: now)
      reachesAlone = reachesAlone || entry.allocator.pointee.receives(note.channel)
      isReceived = true
    }
    // A single voice has no weight to fade, so the panic closes the whole output; a panic of all channels also ends
    // echoes. A panic of one channel does so too, unless notes of other channels sound.
    if note.kind == .panic && reachesAlone && !isSounding(beside: note.channel)
      && (node == Event.everyNode || active.pointee.voices == 1)
    {
      panicFade.move(to: 0, frames: panicFadeFrames)
      panicEnd = min(panicEnd, now + panicFadeFrames)
      isReceived = true
    }
    if !isReceived { crossings.droppedEvents.add(1, ordering: .relaxed) }
  }

  /// Returns whether a note of another channel sounds; false for channel 0.
  private func isSounding(beside channel: UInt8) -> Bool {
    guard channel != 0, let active else { return false }
    for entry in active.pointee.allocators where entry.allocator.pointee.isSounding(beside: channel) { return true }
    return false
  }

  private var panicFadeFrames: Int { max(1, Int(sampleRate * 0.002_5)) }

  /// Resets every node, feedback delay and voice, while the output is closed.
  func clearAfterPanic() {
    panicEnd = Int.max
    panicFade.move(to: 1, frames: panicFadeFrames)
    guard let active else { return }
    for site in active.pointee.sites { site.reset() }
    active.pointee.clearLoops()
    for entry in active.pointee.allocators { entry.allocator.pointee.clear() }
  }

  /// Sets a parameter for sounding notes alone.
  private func setForNotes(_ event: Event) {
    guard let active, active.pointee.has(event.instance, of: event.node), let buffer = event.buffer
    else { return countDrop() }
    let groups = buffer.assumingMemoryBound(to: UnsafeMutablePointer<NoteParameterGroup>?.self)
    for entry in active.pointee.allocators where event.player == Event.everyNode || event.player == entry.node {
      entry.allocator.pointee.eachVoice(of: event.note, at: now) { voice, note, hasBegun in
        groups[voice / Voices.count]?.pointee.set(
          lane: voice % Voices.count, to: event.value, for: note, isEarly: !hasBegun, frames: event.frames)
      }
    }
  }

  /// Sets a parameter in the first waiting plan that has the instance.
  private func setAhead(_ event: Event) -> Bool {
    for i in 0..<waitingPlans where set(event, instance: event.instance, in: standby.peek(i)) { return true }
    return false
  }

  /// The buffer belongs to the instance that the event was made for; another instance may have another width.
  private func set(_ event: Event, instance: Int?, in plan: UnsafeMutablePointer<Plan>?) -> Bool {
    guard let plan, let parameters = plan.pointee.parameters(of: event.node, instance: instance),
      event.port < parameters.count
    else {
      return false
    }
    let parameter = parameters.baseAddress! + event.port
    // A commit that came after the event has set the parameter already.
    if event.order < parameter.pointee.commit.order && event.frame <= parameter.pointee.commit.frame { return true }
    plan.pointee.set(
      parameter, event.value, buffer: instance == nil ? nil : event.buffer, over: event.frames, curve: event.curve)
    parameter.pointee.setOrder = event.order
    return true
  }
}
