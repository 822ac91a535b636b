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
    case .midi: apply(midi: event.midi, count: event.midiCount)
    case .clock: midi.session.reference().pointee = event.clock
    case .fileClock: midi.file.reference().pointee = event.clock
    case .parameter:
      if set(event, instance: event.instance, in: active) { return }
      // A node of a plan that waits for its start frame: set it there, and in the instance that sounds until then.
      let isSetAhead = setAhead(event)
      if !set(event, instance: nil, in: active) && !isSetAhead { crossings.droppedEvents.add(1, ordering: .relaxed) }
    }
  }

  func countDrop() { crossings.droppedEvents.add(1, ordering: .relaxed) }

  /// Sets a parameter in the first waiting plan that has the instance.
  private func setAhead(_ event: Event) -> Bool {
    for i in 0..<waitingPlans where set(event, instance: event.instance, in: standby.peek(i)) { return true }
    return false
  }

  /// The buffer belongs to the instance that the event was made for; another instance may have another width.
  private func set(_ event: Event, instance: Int?, in plan: Reference<Plan>?) -> Bool {
    guard let plan, let parameters = plan.pointee.parameters(of: event.node, instance: instance),
      event.port < parameters.count
    else {
      return false
    }
    let parameter = parameters.reference(to: event.port)
    // A commit that came after the event has set the parameter already.
    if event.order < parameter.pointee.commit.order && event.frame <= parameter.pointee.commit.frame { return true }
    plan.pointee.set(
      parameter, event.value, buffer: instance == nil ? nil : event.buffer, over: event.frames, curve: event.curve)
    parameter.pointee.setOrder = event.order
    return true
  }
}
