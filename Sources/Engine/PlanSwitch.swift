// [control] Compiles patches and hands the plans to the audio thread, one after the other.
import ModuleKit
import PatchKit

/// The control side of one engine: the only one that writes to its standby slot and event ring.
///
/// Not thread-safe: it belongs to the control thread.
public final class PlanSwitch {
  public let engine: Engine
  private let registry: Registry
  private var builder: GraphBuilder
  /// What sounds when the last queued plan has been taken; the base of the next edit.
  private(set) var current = Graph()
  private var nodes: [Int: NodeInstance] = [:]
  /// Plans that the audio thread may still use, by id.
  private(set) var plans: [Int: Plan] = [:]
  /// Nanoseconds by serial, of plans that are gone.
  var spentCosts: [Int: Int] = [:]
  private var queue: [Job] = []
  private var lastID = 0
  /// Events that are sent together.
  private var batch: [Event]?
  private var early: [Event] = []
  private static let earlyLimit = 4_096
  /// The plan last published, and the commit that sounds when it is taken.
  private var published: (id: Int, ticket: Int?)?
  private var publishedIsTidy = false
  /// Events that did not fit the ring, ever.
  public private(set) var refusedEvents = 0

  private struct Job {
    var graph: Graph
    var knobs: [(NodeInstance, port: Int, value: Float)] = []
    var rampFrames: Int
    var startFrame = Event.now
    var ticket: Int?
    /// Starts only when the ramps of the plan before have arrived.
    var awaitsRamps = false
    /// The graph without what has faded out; not needed once a new edit is queued.
    var isTidy = false
  }

  /// Called from `tick` when a commit sounds: its ticket and the frame at which it started.
  public var onSounding: (_ ticket: Int, _ frame: Int) -> Void = { _, _ in }
  /// Reads the sounds that nodes name; called by `commit`.
  public var sounds: SoundSource {
    get { builder.sounds }
    set { builder.sounds = newValue }
  }
  /// Called from `commit` for each sound that could not be read; its node is silent.
  public var onUnreadable: (_ error: PatchError) -> Void = { _ in }
  /// Called from `tick` for each fault.
  public var onFault: (EngineFault) -> Void = { _ in }

  /// Called from `tick` when a controller of MIDI has turned a knob: serial of the node, parameter, value.
  package var onTurn: (_ serial: Int, _ param: String, _ value: Float) -> Void = { _, _, _ in }
  /// Called from `tick` for what has come in as MIDI and concerns the control side.
  package var onMidi: (MidiReport) -> Void = { _ in }

  public init(engine: Engine, registry: Registry) {
    self.engine = engine
    self.registry = registry
    builder = GraphBuilder(registry: registry, sampleRate: Float(engine.sampleRate))
  }

  /// Compiles `patch` and queues it. What sounds is untouched where this throws.
  ///
  /// - Parameters:
  ///   - ramp: seconds that cables take to their new amounts.
  ///   - frame: the frame at which to start; nil: the next period.
  ///   - ticket: given back by `onSounding`.
  public func commit(_ patch: IdentifiedPatch, ramp: Double = 0.005, at frame: Int? = nil, ticket: Int)
    throws(PatchErrors)
  {
    let built = try builder.graph(of: patch, reusing: current)
    let (desired, knobs) = (built.graph, built.knobs)
    try desired.allocate()
    let rampFrames = max(1, Int((ramp * engine.sampleRate).rounded()))
    queue.removeAll(where: \.isTidy)
    let graphs = Transition.graphs(from: current, to: desired)
    for (i, graph) in graphs.enumerated() {
      var job = Job(graph: graph, rampFrames: rampFrames, awaitsRamps: i > 0)
      if i == 0 {
        job.knobs = knobs
        job.startFrame = frame ?? Event.now
        job.ticket = ticket
      }
      job.isTidy = i > 0 && i == graphs.count - 1
      if !job.isTidy { setCurrent(graph) }
      queue.append(job)
    }
    for (node, port, value) in knobs { node.values[port] = value }
    for error in built.unreadable { onUnreadable(error) }
    tick()
  }

  /// Turns a knob of a node of the committed patch: smoothed, at `frame` or at once.
  ///
  /// - Parameters:
  ///   - frames: how many it takes; 0: as its spec smooths it.
  ///   - course: the shape of a way that takes its own time.
  /// - Returns: false where the event ring is full; nothing has happened then.
  public func setKnob(
    node serial: Int, port: Int, to value: Float, over frames: Int = 0, course: Course = .natural, at frame: Int? = nil
  ) -> Bool {
    guard let node = nodes[serial] else { return false }
    if node.isPublished {
      let event = Event(
        kind: .knob, frame: frame ?? Event.now, node: serial, instance: node.number, port: port, value: value,
        buffer: node.movingBuffer(port), frames: frames, course: course)
      guard send(event) else { return false }
    } else {
      (node.knobs.baseAddress! + port).pointee.set(value, buffer: nil)
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
      guard early.count < PlanSwitch.earlyLimit else { return false }
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
  private func sendEarly() {
    guard !early.isEmpty else { return }
    let waiting = early
    early = []
    together {
      for event in waiting {
        _ = play(
          event.note, node: event.node == Event.everyNode ? nil : event.node, at: event.frame)
      }
    }
  }

  /// Frees what the audio thread has given back, reports, and publishes the next plan when its time has come.
  public func tick() {
    while let memory = engine.retired.pop() {
      let plan = plans.removeValue(forKey: memory.pointee.id)
      if engine.isProfiled.load(ordering: .relaxed) { plan?.addCosts(to: &spentCosts) }
    }
    while let fault = engine.faults.pop() { onFault(fault) }
    collectTurns()
    while let report = engine.midi.reports.pop() { onMidi(report) }
    while true {
      if let plan = published {
        guard engine.activeID.load(ordering: .acquiring) >= plan.id || takeBack(plan.id) else { return }
        if let ticket = plan.ticket {
          published?.ticket = nil
          onSounding(ticket, engine.activeFrame.load(ordering: .relaxed))
          continue
        }
        if let next = queue.first, next.awaitsRamps,
          engine.settledID.load(ordering: .acquiring) < plan.id
        {
          return
        }
      }
      guard !queue.isEmpty else { return }
      publish(queue.removeFirst())
    }
  }

  /// Whether every commit has been taken and every ramp has arrived.
  public var isSettled: Bool {
    guard queue.isEmpty else { return false }
    guard let published else { return true }
    return engine.activeID.load(ordering: .acquiring) >= published.id
      && engine.settledID.load(ordering: .acquiring) >= published.id
  }

  /// Events that the audio thread can take now.
  public var eventRoom: Int { engine.events.room }

  /// Whether the audio thread has taken every event sent.
  public var hasTakenEvents: Bool { engine.events.isDrained }

  /// Plans not yet freed: 1 at rest.
  public var livePlanCount: Int { plans.count }

  /// Starts anew at another rate; only while nothing renders. The next commit makes every node afresh.
  ///
  /// - Returns: the notes that were held, by serial of the node, to be played again after that commit.
  @discardableResult
  public func change(sampleRate: Double) -> [(node: Int, note: NoteEvent)] {
    var held: [(node: Int, note: NoteEvent)] = []
    for node in current.nodes.prefix(current.firstLeaving ?? .max) {
      for note in node.instance.notes?.heldNotes ?? [] { held.append((node.instance.serial, note)) }
    }
    engine.change(sampleRate: sampleRate)
    builder = GraphBuilder(registry: registry, sampleRate: Float(sampleRate), sounds: builder.sounds)
    // What was under way is superseded by the commit that follows; whoever waits for it is answered now.
    let waiting = [published?.ticket].compactMap { $0 } + queue.compactMap(\.ticket)
    published?.ticket = nil
    queue = []
    setCurrent(Graph())
    for ticket in waiting { onSounding(ticket, engine.frame) }
    return held
  }

  /// A plan that only tidies up, and that the audio thread has not looked at, makes way for the next edit.
  private func takeBack(_ id: Int) -> Bool {
    guard publishedIsTidy, !queue.isEmpty, let memory = engine.standby.exchange(nil, ordering: .acquiringAndReleasing)
    else { return false }
    plans[memory.pointee.id] = nil
    return true
  }

  private func publish(_ job: Job) {
    lastID += 1
    let plan = Plan(
      id: lastID, graph: job.graph, knobs: job.knobs, rampFrames: job.rampFrames, startFrame: job.startFrame,
      weights: engine.weights, sampleRate: engine.sampleRate)
    plans[plan.id] = plan
    for node in job.graph.nodes { node.instance.isPublished = true }
    if job.isTidy { setCurrent(job.graph) }
    published = (plan.id, job.ticket)
    publishedIsTidy = job.isTidy
    let unclaimed = engine.standby.exchange(plan.memory, ordering: .acquiringAndReleasing)
    // After a change of rate the slot may hold a plan that nobody took.
    if let unclaimed { plans[unclaimed.pointee.id] = nil }
    sendEarly()
  }

  private func setCurrent(_ graph: Graph) {
    current = graph
    nodes = [:]
    // The nodes that stay come first: they win over one that leaves under the same serial.
    for node in graph.nodes where nodes[node.instance.serial] == nil { nodes[node.instance.serial] = node.instance }
  }
}
