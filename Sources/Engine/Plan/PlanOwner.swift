// [control] Owner of a plan and of everything that it refers to; freed after the audio thread has retired it.
import ModuleKit
import Synchronization

/// Owns a plan's memory and keeps the nodes and gains in it alive.
final class PlanOwner {
  let id: Int
  let memory: UnsafeMutablePointer<Plan>
  let graph: Graph
  /// Kept alive until the plan has started.
  private var handovers: [Handover]
  private let costs: UnsafeMutablePointer<Atomic<Int>>
  private let peaks: UnsafeMutablePointer<OutputLevels.Peak>
  private let arena: PlanArena
  private let kernels: [Kernel]
  /// Memory of the plan, without its nodes.
  var byteCount: Int { MemoryLayout<Plan>.size + arena.byteCount }

  /// - Parameters:
  ///   - parameters: parameter changes that take effect when the plan starts.
  ///   - rampFrames: length of cable ramps.
  ///   - isPacked: whether equal nodes share lanes.
  ///   - threads: number of rendering threads.
  init(
    id: Int, graph: Graph, parameters: [(NodeInstance, port: Int, value: Float)], handovers: [Handover],
    rampFrames: Int,
    startFrame: Int, order: Int, weights: UnsafeMutablePointer<VoiceWeights>, sampleRate: Double, isPacked: Bool,
    threads: Int
  ) {
    self.id = id
    self.graph = graph
    self.handovers = handovers
    var arena = PlanArena()
    let draft = PatchRouter.route(graph, isPacked: isPacked, threads: threads), played = NoteSources(graph),
      isInLoop = graph.nodesInLoops
    let signals = PlanSignals(draft, in: &arena)
    let built = PlanSteps(draft, of: graph, signals, played, isInLoop: isInLoop, weights: weights, in: &arena)
    kernels = built.kernels
    costs = .allocate(capacity: max(built.sites.count, 1))
    for i in 0..<max(built.sites.count, 1) { (costs + i).initialize(to: Atomic(0)) }
    let (sites, peakCount) = OutputLevels.numbered(built.sites)
    peaks = .allocate(capacity: max(peakCount, 1))
    for i in 0..<max(peakCount, 1) { (peaks + i).initialize(to: Atomic(0)) }
    let parameterCount = graph.nodes.reduce(0) { $0 + $1.instance.parameters.count }
    let runs = played.runs(of: draft, in: graph, arena: &arena)
    memory = .allocate(capacity: 1)
    memory.initialize(
      to: Plan(
        id: id, steps: built.steps, runs: runs.all, tasks: runs.tasks, sites: arena.copy(of: sites), costs: costs,
        peaks: peaks,
        rampChanges: arena.copy(of: graph.rampChanges.map { RampChange(ramp: $0.gain.ramp, target: $0.target) }),
        ramping: arena.copy(of: graph.cables.filter(\.isMoving).map(\.gain.ramp)), rampFrames: rampFrames,
        parameterChanges: arena.copy(
          of: parameters.map { node, port, value in
            ParameterChange(
              parameter: node.parameters.baseAddress! + port, value: value, buffer: node.movingBuffer(port))
          }),
        handover: Handover.memory(of: handovers, in: &arena),
        nodes: PlanOwner.table(
          of: graph, arena.room(for: PlanOwner.places(for: graph.nodes.count), of: NodeEntry.self)),
        moving: arena.room(for: parameterCount, of: UnsafeMutablePointer<Parameter>.self),
        allocators: arena.copy(of: PlanOwner.allocators(of: graph, played, sampleRate: sampleRate)),
        tuning: arena.copy(of: graph.tuning), controls: arena.copy(of: graph.controls.map(\.forAudio)),
        feedbackBuffers: arena.copy(of: built.feedbackBuffers), hasLoops: isInLoop.contains(true), voices: graph.voices,
        groups: graph.groups, startFrame: startFrame, order: order))
    self.arena = arena
  }

  /// True if freeing it may take milliseconds.
  var isLarge: Bool { arena.byteCount > 1 << 20 || graph.nodes.count > 512 }

  /// The plan has started: the replaced nodes of one voice are not needed any more.
  func hasStarted() { handovers = [] }

  /// Adds the cost of its nodes since the last call, by serial.
  func addCosts(to sums: inout [Int: Int]) {
    for (i, site) in memory.pointee.sites.enumerated() {
      let cost = costs[i].exchange(0, ordering: .relaxed)
      if cost > 0 { sums[site.node, default: 0] += cost }
    }
  }

  /// Reads and resets the peak of each output.
  func readPeaks(_ body: (_ serial: Int, _ port: Int, _ peak: Float) -> Void) {
    for site in memory.pointee.sites {
      for port in 0..<site.outputCount {
        let bits = (peaks + site.firstPeak + port).pointee.exchange(0, ordering: .relaxed)
        body(site.node, port, Float(bitPattern: bits))
      }
    }
  }

  deinit {
    costs.deallocate()
    peaks.deallocate()
    memory.pointee.steps.deinitialize()
    memory.deallocate()
    arena.free()
  }

  /// The note nodes, those that stay first; a node that changes its width appears once.
  private static func allocators(of graph: Graph, _ played: NoteSources, sampleRate: Double) -> [AllocatorEntry] {
    var entries: [AllocatorEntry] = [], seen: Set<ObjectIdentifier> = []
    let tailFrames = played.tailFrames(in: graph, sampleRate: sampleRate)
    for (i, node) in graph.nodes.enumerated() {
      guard let notes = node.instance.notes, seen.insert(ObjectIdentifier(notes)).inserted else { continue }
      entries.append(
        AllocatorEntry(
          node: node.instance.serial, allocator: notes.allocator, parameters: node.instance.parameters.baseAddress!,
          tailFrames: tailFrames(i), madeVoices: notes.madeVoices,
          isSummed: node.instance.isPoly,
          isLeaving: node.isRinging || i >= graph.firstLeaving ?? .max))
    }
    return entries
  }

  /// At most half full.
  private static func places(for nodes: Int) -> Int {
    var places = 2
    while places < 2 * nodes { places *= 2 }
    return places
  }

  private static func table(
    of graph: Graph, _ table: UnsafeMutableBufferPointer<NodeEntry>
  ) -> UnsafeMutableBufferPointer<NodeEntry> {
    let none = UnsafeMutableBufferPointer<Parameter>(start: nil, count: 0)
    table.initialize(repeating: NodeEntry(serial: NodeEntry.empty, instance: 0, parameters: none))
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
  private var blocks: [UnsafeMutableRawPointer] = []
  private(set) var byteCount = 0

  /// Uninitialised memory for `count` values.
  mutating func room<T>(for count: Int, of type: T.Type) -> UnsafeMutableBufferPointer<T> {
    let block = UnsafeMutableBufferPointer<T>.allocate(capacity: count)
    if let base = block.baseAddress { blocks.append(UnsafeMutableRawPointer(base)) }
    byteCount += count * MemoryLayout<T>.stride
    return block
  }

  mutating func copy<T>(of elements: [T]) -> UnsafeMutableBufferPointer<T> {
    let block = room(for: elements.count, of: T.self)
    _ = block.initialize(from: elements)
    return block
  }

  /// Zeroed bytes in cache lines of their own.
  mutating func bytes(_ count: Int) -> UnsafeMutableRawPointer {
    let block = CacheLine.allocate(count), whole = CacheLine.whole(count)
    block.initializeMemory(as: UInt8.self, repeating: 0, count: whole)
    blocks.append(block)
    byteCount += whole
    return block
  }

  func free() { for block in blocks { block.deallocate() } }
}
