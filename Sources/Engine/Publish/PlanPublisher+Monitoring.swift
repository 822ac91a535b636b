// [control] State of the plans, and monitoring requests: meters, scopes, probes, levels, costs.
import ModuleKit

extension PlanPublisher {
  /// True if every commit sounds, every ramp has arrived, and no surplus voice sounds.
  public var isSettled: Bool {
    guard queue.isEmpty else { return false }
    return lastPublished.map { engine.crossings.idleID.load(ordering: .acquiring) >= $0 } ?? true
  }

  /// True if something is due within milliseconds; the decay of surplus voices does not count.
  public var isBusy: Bool {
    if queue.contains(where: { !$0.isTidy }) { return true }
    return lastPublished.map { engine.crossings.settledID.load(ordering: .acquiring) < $0 } ?? !queue.isEmpty
  }

  /// Memory used by the audio thread, buffers and states, without the sounds of nodes.
  package var audioBytes: Int {
    plans.values.reduce(0) { $0 + $1.byteCount } + current.nodes.reduce(0) { $0 + $1.instance.byteCount }
  }

  /// True where replaced plans still have so much memory that those of one more commit exceed the limit: edits come
  /// faster than a busy audio thread starts their plans.
  public var lacksRoomForPlans: Bool {
    guard isReclaiming, let largest = plans.values.map(\.byteCount).max() else { return false }
    // A commit has one plan, and one more that removes what has faded. What the allocator has beside them is not known.
    let more = (queue.count + 2) * largest, reserve = memoryLimit / 16
    return more > 1 << 20 && memoryInUse + more + reserve > memoryLimit
  }
  /// Memory that is untouched so far is not in that of the process.
  var memoryInUse: Int { max(usedMemory?() ?? 0, audioBytes) }

  /// Plans not yet freed: 1 when idle.
  public var livePlanCount: Int { plans.count }
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
