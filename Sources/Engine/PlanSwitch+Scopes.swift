// [control] What is looked at, and what it costs.

extension PlanPublisher {
  /// Signals that can be looked at at a time.
  public static let scopeLimit = ScopeBank.slots
  /// The most frames that can be looked at.
  public static let scopeFrames = ScopeBank.longest

  /// Looks at an output of a node, or (nil) at a channel of what leaves the outputs. False where the event ring is full.
  ///
  /// - Parameter key: tells this signal from others in the same slot, not 0.
  package func setScope(_ slot: Int, node serial: Int?, port: Int, key: Int) -> Bool {
    engine.scopes.prepare()
    var event = Event(kind: .scope, frame: Event.now, node: serial ?? ScopeBank.outputs, instance: slot, port: port)
    event.order = key
    event.value = 1
    return send(event)
  }

  package func endScope(_ slot: Int) -> Bool {
    send(Event(kind: .scope, frame: Event.now, instance: slot, value: 0))
  }

  /// The newest frames, fewer where there are not as many.
  package func scope(_ slot: Int, key: Int, frames: Int) -> [Float] {
    engine.scopes.newest(frames, of: slot, key: key)
  }

  /// Starts or ends measuring what each node costs. False where the event ring is full.
  package func setProfile(isOn: Bool) -> Bool {
    send(Event(kind: .profile, frame: Event.now, value: isOn ? 1 : 0))
  }

  /// The nanoseconds that each node, by serial, has cost since the last call, in how many frames.
  package func collectCosts() -> (nanoseconds: [Int: Int], frames: Int) {
    let frames = engine.profiledFrames.exchange(0, ordering: .relaxed)
    var costs = spentCosts
    spentCosts = [:]
    for plan in plans.values { plan.addCosts(to: &costs) }
    return (costs, frames)
  }
}
