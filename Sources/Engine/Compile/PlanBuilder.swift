// [control] Graph to plan: everything that a plan refers to, in memory.
import DSP
import ModuleKit
import Synchronization

/// A graph to be compiled, with the changes that take effect when its plan starts.
struct PlanRequest {
  var graph: Graph
  /// Parameters set by the edit.
  var parameters: [(NodeInstance, port: Int, value: Float)] = []
  /// Nodes of one voice that continue in lanes.
  var handovers: [Handover] = []
  /// Length of cable ramps.
  var rampFrames: Int
  var startFrame = Event.now
  /// Order among events and commits.
  var order: Int
}

/// The same for all plans of an engine.
struct PlanSettings {
  let weights: Row<VoiceWeights>
  let sampleRate: Double
  /// Number of rendering threads.
  let threads: Int
  /// True if equal nodes share lanes.
  let isPacked: Bool
}

/// Builds one plan: the list of steps by number (`PatchRouter`), the memory of signals, the memory of steps, the plan.
///
/// The initialiser allocates what steps share; `build` adds the steps and freezes the plan. The builder then keeps what
/// the plan needs to stay alive: see `PlanOwner`.
struct PlanBuilder {
  let request: PlanRequest
  let settings: PlanSettings
  let list: StepList
  let players: NoteSources
  /// Per node, whether its output feeds back to it.
  let isInLoop: [Bool]

  var arena = PlanArena()
  let signals: SignalMemory
  /// The sources of combine steps.
  let sources: Row<CombineSource>
  // States of the engine's own steps, adjacent by kind.
  var combines: Pool<CombineStep>
  var noteParameters: Pool<NoteParameterStep>
  var accumulates: Pool<AccumulateStep>
  /// The lists of note groups.
  var noteGroups: Pool<Reference<NoteGroup>>
  let packCells: PackCells

  var sites: [FaultSite] = []
  /// Kernels of stateless modules in packs: they belong to no node.
  var kernels: [Kernel] = []
  /// The last quanta of feedback inputs.
  var feedbackBuffers: [RawBlock] = []

  var graph: Graph { request.graph }

  init(_ request: PlanRequest, _ settings: PlanSettings, _ players: NoteSources) {
    let graph = request.graph
    self.request = request
    self.settings = settings
    let list = PatchRouter.route(graph, isPacked: settings.isPacked, threads: settings.threads)
    let signals = SignalMemory(list, in: &arena)
    (self.list, self.players, self.signals) = (list, players, signals)
    isInLoop = graph.nodesInLoops
    let gains = arena.copy(of: list.cables.map { $0 < 0 ? Constants.unitGain : graph.cables[$0].gain.ramp })
    sources = arena.copy(
      of: list.sources.map { source in
        CombineSource(signal: signals.cells[source.signal], gains: gains.rest(from: source.cable))
      })
    var combineCount = 0, accumulateCount = 0, noteParameterCount = 0, noteGroupCount = 0
    for step in list.steps {
      switch step.kind {
      case .combine, .combineEight: combineCount += 1
      case .accumulate(let cable, _):
        accumulateCount += 1
        noteGroupCount += players.of[graph.cables[cable].source].count
      case .noteParameter(let node, _, _):
        noteParameterCount += 1
        noteGroupCount += players.setters(of: node).count
      default: break
      }
    }
    combines = Pool(for: combineCount, in: &arena)
    accumulates = Pool(for: accumulateCount, in: &arena)
    noteParameters = Pool(for: noteParameterCount, in: &arena)
    noteGroups = Pool(for: noteGroupCount, in: &arena)
    packCells = PackCells(list, of: graph, in: &arena)
  }

  /// The plan, once.
  mutating func build(id: Int) -> Plan {
    let graph = graph, steps = makeSteps()
    for cable in graph.cables { (cable.gain.delay, cable.gain.isPublished) = (cable.delay, true) }
    let runs = players.runs(of: list, in: graph, arena: &arena)
    let (sites, peakCount) = OutputLevels.numbered(sites)
    return Plan(
      id: id, steps: steps, runs: runs.all, tasks: runs.tasks, sites: arena.copy(of: sites),
      costs: arena.counters(max(sites.count, 1)), peaks: arena.peaks(max(peakCount, 1)),
      rampChanges: arena.copy(of: graph.rampChanges.map { RampChange(ramp: $0.gain.ramp, target: $0.target) }),
      ramping: arena.copy(of: graph.cables.filter(\.isMoving).map(\.gain.ramp)), rampFrames: request.rampFrames,
      parameterChanges: arena.copy(
        of: request.parameters.map { node, port, value in
          ParameterChange(
            parameter: node.parameters.reference(to: port), value: value, buffer: node.movingBuffer(port))
        }),
      handover: Handover.memory(of: request.handovers, in: &arena), nodes: makeNodeTable(),
      moving: arena.room(
        for: graph.nodes.reduce(0) { $0 + $1.instance.parameters.count }, of: Reference<Parameter>.self),
      allocators: arena.copy(of: allocators), tuning: arena.copy(of: graph.tuning),
      controls: arena.copy(of: graph.controls.map(\.forAudio)), feedbackBuffers: arena.copy(of: feedbackBuffers),
      restsWhenIdle: runs.all.allSatisfy { $0.isConstant || !$0.notes.isEmpty },
      hasLoops: isInLoop.contains(true), voices: graph.voices, groups: graph.groups, startFrame: request.startFrame,
      order: request.order)
  }

  /// The note nodes, those that stay first; a node that changes its width appears once.
  private var allocators: [AllocatorEntry] {
    var entries: [AllocatorEntry] = [], seen: Set<ObjectIdentifier> = []
    let tailFrames = players.tailFrames(in: graph, sampleRate: settings.sampleRate)
    for (i, node) in graph.nodes.enumerated() {
      guard let notes = node.instance.notes, seen.insert(ObjectIdentifier(notes)).inserted else { continue }
      entries.append(
        AllocatorEntry(
          node: node.instance.serial, allocator: notes.allocator, parameters: node.instance.parameters,
          tailFrames: tailFrames(i), madeVoices: notes.madeVoices,
          isSummed: node.instance.isPoly,
          isLeaving: node.isRinging || i >= graph.firstLeaving ?? .max))
    }
    return entries
  }

  /// The nodes by serial, at most half full.
  private mutating func makeNodeTable() -> Row<NodeEntry> {
    var places = 2
    while places < 2 * graph.nodes.count { places *= 2 }
    let table = arena.room(for: places, of: NodeEntry.self)
    table.fill(with: NodeEntry(serial: NodeEntry.empty, instance: 0, parameters: .empty))
    // The nodes that stay come first, and so are found before a leaving one with the same serial.
    for node in graph.nodes {
      var at = NodeEntry.place(of: node.instance.serial) & (table.count - 1)
      while table[at].serial != NodeEntry.empty { at = (at + 1) & (table.count - 1) }
      table[at] = NodeEntry(
        serial: node.instance.serial, instance: node.instance.number, former: node.instance.former,
        parameters: node.instance.parameters)
    }
    return table
  }
}

/// The allocations of a plan.
struct PlanArena {
  private var blocks: [RawMemory] = []
  private(set) var byteCount = 0

  /// Uninitialised memory for `count` values.
  mutating func room<T: ~Copyable>(for count: Int, of type: T.Type) -> Row<T> {
    let row = Row<T>.room(for: count)
    blocks.append(RawMemory(row))
    byteCount += count * MemoryLayout<T>.stride
    return row
  }

  mutating func copy<T>(of elements: [T]) -> Row<T> {
    room(for: elements.count, of: T.self).initialize(from: elements)
  }

  mutating func copy<T>(_ value: T) -> Reference<T> {
    room(for: 1, of: T.self).initialize { _ in value }.reference(to: 0)
  }

  /// Counters at zero.
  mutating func counters(_ count: Int) -> Row<Atomic<Int>> {
    room(for: count, of: Atomic<Int>.self).initialize { _ in Atomic(0) }
  }

  /// Peaks at zero.
  mutating func peaks(_ count: Int) -> Row<OutputLevels.Peak> {
    room(for: count, of: OutputLevels.Peak.self).initialize { _ in Atomic(0) }
  }

  /// Zeroed bytes in cache lines of their own.
  mutating func bytes(_ count: Int) -> RawMemory {
    let block = RawMemory.zeros(bytes: CacheLine.whole(count))
    blocks.append(block)
    byteCount += CacheLine.whole(count)
    return block
  }

  func free() { for block in blocks { block.free() } }
}
