// [control] Compiles patches and publishes the plans to the audio thread, one after the other.
import ModuleKit
import PatchKit

/// The control side of one engine: the only writer of its ring buffers of plans and events.
///
/// Not thread-safe: it belongs to the control thread.
public final class PlanPublisher {
  public let engine: Engine
  private let registry: Registry
  var builder: GraphBuilder
  /// The graph of the last queued plan; the base of the next edit.
  private(set) var current = Graph()
  var nodes: [Int: NodeInstance] = [:]
  /// Plans that the audio thread may still use, by id.
  var plans: [Int: PlanOwner] = [:]
  /// Nanoseconds by serial, of freed plans.
  var spentCosts: [Int: Int] = [:]
  var queue: [Job] = []
  private var lastID = 0
  /// Order of the last event or commit.
  var lastOrder = 0
  /// Events to be sent together.
  var batch: [Event]?
  var early: [Event] = []
  static let earlyLimit = 4_096
  /// Published plans that have not started, in their order.
  var starting: [StartingPlan] = []
  /// The id of the plan last published.
  private(set) var lastPublished: Int?
  /// True if equal nodes of one voice share lanes; off for comparison only.
  package var isPacked = true
  /// Number of events that did not fit the ring buffer.
  public internal(set) var refusedEvents = 0

  struct StartingPlan {
    let id: Int
    /// The commit that sounds when it starts.
    let ticket: Int?
    /// Set when it was retired before it was seen to have started.
    var startedAt: Int?
  }

  struct Job {
    var request: PlanRequest
    var ticket: Int?
    /// Starts only when the ramps of the plan before have arrived.
    var awaitsRamps = false
    /// The graph without faded nodes and cables; dropped once a new edit is queued.
    var isTidy = false
    /// Its plan, once it is being built.
    var draft: PlanDraft?
  }

  /// The most bytes that may be in use.
  public var memoryLimit = Patch.Limits.memoryBytes
  /// Bytes in use, of the whole process; nil: what nodes and plans of this engine take.
  public var usedMemory: (() -> Int)?
  /// Does slow work on another thread, one after the other, then calls back on the control thread; nil: it is done at
  /// once.
  public var background: ((_ work: @escaping @Sendable () -> Void, _ done: @escaping () -> Void) -> Void)?
  /// Returns freed memory to the system; called on that other thread.
  public var returnMemory: (@Sendable () -> Void)?

  /// Number of plans being freed on that thread.
  var freeing = 0
  /// True while plans that were replaced still have memory: soon there is more room.
  public var isReclaiming: Bool { !queue.isEmpty || plans.count > 1 || freeing > 0 }

  /// Called from `tick` when a commit sounds: its ticket and its start frame.
  public var onSounding: (_ ticket: Int, _ frame: Int) -> Void = { _, _ in }
  /// Called from `commit` for each sound that could not be read; its node is silent.
  public var onUnreadable: (_ error: PatchError) -> Void = { _ in }
  /// Called from `commit` for each sound that is played otherwise than it may be meant; once.
  public var onSoundProblem: (_ problem: PatchError) -> Void = { _ in }
  /// Called from `tick` for each fault.
  public var onFault: (EngineFault) -> Void = { _ in }

  /// Called from `tick` when a MIDI controller has set a parameter: serial of the node, parameter, value.
  package var onControllerSet: (_ serial: Int, _ param: String, _ value: Float) -> Void = { _, _, _ in }
  /// Called from `tick` for MIDI messages that concern the control side.
  package var onMidi: (MidiReport) -> Void = { _ in }

  public init(engine: Engine, registry: Registry) {
    self.engine = engine
    self.registry = registry
    builder = GraphBuilder(registry: registry, sampleRate: Float(engine.sampleRate))
  }

  /// Default cable ramp, seconds.
  public static let usualRamp = DefaultTimes.ramp

  /// A patch that compiles, before it is queued.
  public struct Prepared {
    fileprivate let patch: IdentifiedPatch
    fileprivate let built: GraphBuilder.Built
    /// Warnings: parts of the patch that compile differently than written.
    public var warnings: [PatchError] { built.warnings }
    /// The number of commits queued before it was compiled.
    fileprivate let commits: Int
    fileprivate let missing: MissingKernels
    /// True if its memory must be allocated on another thread first: see `allocate`.
    public let isLarge: Bool
  }
  private var commits = 0

  /// Compiles `patch` without any effect on the sound.
  ///
  /// - Throws: every error of the patch at once.
  public func prepare(_ patch: IdentifiedPatch) throws(PatchErrors) -> Prepared {
    freeRetiredPlans()
    let built = try builder.graph(of: patch, reusing: current)
    let missing = try built.graph.missingKernels(within: (memoryLimit, memoryInUse))
    let isLarge = missing.isLarge && background != nil
    if !isLarge { missing.makeAtOnce() }
    return Prepared(patch: patch, built: built, commits: commits, missing: missing, isLarge: isLarge)
  }

  /// Allocates the memory of a large patch on another thread, for the next patch that is prepared.
  ///
  /// - Parameter done: called on the control thread.
  public func allocate(_ prepared: Prepared, then done: @escaping () -> Void) {
    guard let background else { return done() }
    let missing = prepared.missing
    background({ missing.make() }) { [weak self] in
      missing.install()
      for node in prepared.built.graph.nodes {
        self?.builder.spares[NodeKey(serial: node.instance.serial, isPoly: node.instance.isPoly)] = node.instance
      }
      done()
    }
  }

  /// Compiles `patch` and queues it. The sound is unchanged where this throws.
  ///
  /// - Parameters:
  ///   - ramp: length of cable ramps, seconds.
  ///   - frame: the frame at which to start; nil: the next period.
  ///   - ticket: passed to `onSounding`.
  public func commit(_ patch: IdentifiedPatch, ramp: Double = usualRamp, at frame: Int? = nil, ticket: Int)
    throws(PatchErrors)
  {
    enqueue(try prepare(patch), ramp: ramp, at: frame, ticket: ticket)
  }

  /// Queues a compiled patch; it is compiled again where another commit was queued in between.
  public func commit(_ prepared: Prepared, ramp: Double = usualRamp, at frame: Int? = nil, ticket: Int)
    throws(PatchErrors)
  {
    let isCurrent = prepared.commits == commits
    enqueue(isCurrent ? prepared : try prepare(prepared.patch), ramp: ramp, at: frame, ticket: ticket)
  }

  private func enqueue(_ prepared: Prepared, ramp: Double, at frame: Int?, ticket: Int) {
    let built = prepared.built
    builder.spares = [:]
    if prepared.isLarge {
      // Asked for without waiting.
      prepared.missing.makeAtOnce()
    }
    // Parameters that have been set since it was compiled have their values already.
    let parameters = built.parameters.filter { node, port, value in node.values[port] != value }
    commits += 1
    let rampFrames = max(1, Int((ramp * engine.sampleRate).rounded()))
    queue.removeAll(where: \.isTidy)
    let graphs = Transition.graphs(from: built.current, to: built.graph)
    lastOrder += 1
    for (i, graph) in graphs.enumerated() {
      var job = Job(
        request: PlanRequest(graph: graph, rampFrames: rampFrames, order: lastOrder), awaitsRamps: i > 0)
      if i == 0 {
        job.request.parameters = parameters
        job.request.handovers = built.handovers
        job.request.startFrame = frame ?? Event.now
        job.ticket = ticket
      }
      job.isTidy = i > 0 && i == graphs.count - 1
      if !job.isTidy { setCurrent(graph) }
      queue.append(job)
    }
    for (node, port, value) in parameters { node.values[port] = value }
    for error in built.unreadable { onUnreadable(error) }
    for problem in built.soundProblems { onSoundProblem(problem) }
    tick()
  }

  /// Frees retired plans, reports, and publishes the next plan when it is due.
  public func tick() {
    freeRetiredPlans()
    while let fault = engine.crossings.faults.pop() { onFault(fault) }
    collectControllerValues()
    while let report = engine.crossings.midiReports.pop() { onMidi(report) }
    reportStarts()
    while let job = queue.first, engine.crossings.standby.room > 0, mayPublish(job), let draft = builtDraft() {
      publish(queue.removeFirst(), draft)
    }
  }

  /// Plans that do not depend on ramps are published at once: each starts at its own frame, several on one frame or
  /// within one period too.
  private func mayPublish(_ job: Job) -> Bool {
    guard job.awaitsRamps, let lastPublished else { return true }
    // Faded nodes may be removed at once, but not before surplus voices have decayed.
    let arrived =
      job.isTidy
      ? engine.crossings.idleID.load(ordering: .acquiring) : engine.crossings.settledID.load(ordering: .acquiring)
    return arrived >= lastPublished
  }

  /// Sets another sample rate; only while nothing renders. The next commit makes every node afresh.
  ///
  /// - Returns: the held notes, by serial of the node, to be played again after that commit.
  @discardableResult
  public func change(sampleRate: Double) -> [(node: Int, note: NoteEvent)] {
    var held: [(node: Int, note: NoteEvent)] = []
    for node in current.nodes.prefix(current.firstLeaving ?? .max) {
      for note in node.instance.notes?.heldNotes ?? [] { held.append((node.instance.serial, note)) }
    }
    engine.change(sampleRate: sampleRate)
    let made = builder.made
    builder = GraphBuilder(registry: registry, sampleRate: Float(sampleRate), sounds: builder.sounds)
    builder.made = made
    // Pending commits are superseded by the commit that follows; their requests are answered now.
    let waiting = starting.compactMap(\.ticket) + queue.compactMap(\.ticket)
    for memory in engine.dropStandby() { plans[memory.pointee.id] = nil }
    (starting, lastPublished, queue) = ([], nil, [])
    setCurrent(Graph())
    for ticket in waiting { onSounding(ticket, engine.frame) }
    return held
  }

  private func publish(_ job: Job, _ draft: PlanDraft) {
    lastID += 1
    let plan = PlanOwner(id: lastID, draft)
    plans[plan.id] = plan
    for node in job.request.graph.nodes { node.instance.isPublished = true }
    if job.isTidy { setCurrent(job.request.graph) }
    starting.append(StartingPlan(id: plan.id, ticket: job.ticket))
    lastPublished = plan.id
    _ = engine.crossings.standby.push(plan.memory)
    sendEarly()
  }

  private func setCurrent(_ graph: Graph) {
    current = graph
    nodes = [:]
    // The nodes that stay come first: they win over a leaving one with the same serial.
    for node in graph.nodes where nodes[node.instance.serial] == nil { nodes[node.instance.serial] = node.instance }
  }
}
