// [control] A plan with all that it refers to; freed when the audio thread has given it back.
import DSP
import ModuleKit
import Synchronization

/// Owns a plan's memory and keeps the nodes and gains in it alive.
final class Plan {
  let id: Int
  let memory: UnsafeMutablePointer<PlanMemory>
  let graph: Graph
  private let costs: UnsafeMutablePointer<Atomic<Int>>
  private var blocks: [UnsafeMutableRawPointer] = []
  /// Bytes of signal buffers.
  let bufferBytes: Int

  /// - Parameters:
  ///   - knobs: knob changes that take effect when the plan starts.
  ///   - rampFrames: how long cables take to their new amounts.
  init(
    id: Int, graph: Graph, knobs: [(NodeInstance, port: Int, value: Float)], rampFrames: Int, startFrame: Int,
    weights: UnsafeMutablePointer<VoiceWeights>, sampleRate: Double
  ) {
    self.id = id
    self.graph = graph
    let draft = PatchRouter.route(graph)
    memory = .allocate(capacity: 1)
    let polyBytes = quantumFrames * MemoryLayout<Voices>.stride, monoBytes = quantumFrames * MemoryLayout<Float>.stride
    bufferBytes = draft.polyBuffers * polyBytes + draft.monoBuffers * monoBytes

    var blocks: [UnsafeMutableRawPointer] = []
    func array<T>(_ count: Int, of type: T.Type) -> UnsafeMutableBufferPointer<T> {
      let block = UnsafeMutableBufferPointer<T>.allocate(capacity: count)
      if let base = block.baseAddress { blocks.append(UnsafeMutableRawPointer(base)) }
      return block
    }

    // Signals: buffers in one block, a cell for each signal that is the plan's own.
    let buffers = UnsafeMutableRawPointer.allocate(byteCount: max(bufferBytes, 64), alignment: 64)
    buffers.initializeMemory(as: UInt8.self, repeating: 0, count: max(bufferBytes, 64))
    blocks.append(buffers)
    let monoStart = draft.polyBuffers * polyBytes
    let cells = array(draft.signals.count, of: SignalCell.self)
    let held = UnsafeMutableRawPointer.allocate(
      byteCount: max(draft.signals.count, 1) * MemoryLayout<Voices>.stride, alignment: 64)
    held.initializeMemory(as: UInt8.self, repeating: 0, count: draft.signals.count * MemoryLayout<Voices>.stride)
    blocks.append(held)
    var pointers: [UnsafeMutablePointer<SignalCell>] = []
    pointers.reserveCapacity(draft.signals.count)
    for (i, signal) in draft.signals.enumerated() {
      let base = signal.isPoly ? buffers + signal.buffer * polyBytes : buffers + monoStart + signal.buffer * monoBytes
      let cell = cells.baseAddress! + i
      cell.initialize(
        to: SignalCell(
          base: signal.external == nil ? base : buffers, held: held + i * MemoryLayout<Voices>.stride,
          lateness: signal.lateness))
      cell.pointee.isOnGrid = signal.isOnGrid
      pointers.append(signal.external ?? cell)
    }
    let wires = array(draft.wires.count + 1, of: UnsafeMutablePointer<SignalCell>.self)
    for (i, signal) in draft.wires.enumerated() { (wires.baseAddress! + i).initialize(to: pointers[signal]) }

    // Steps and what they need.
    let sources = array(draft.sources.count, of: CombineSource.self)
    for (i, source) in draft.sources.enumerated() {
      let gain = source.cable < 0 ? Constants.unitGain : graph.cables[source.cable].gain.ramp
      (sources.baseAddress! + i).initialize(to: CombineSource(signal: pointers[source.signal], gain: gain))
    }
    let played = NoteSources(graph)
    let noteGroups = array(draft.noteLinkCount(played, in: graph), of: UnsafeMutablePointer<NoteGroup>.self)
    var nextNoteGroup = 0, rings: [UnsafeMutableRawBufferPointer] = []
    var combineCount = 0, accumulateCount = 0, siteCount = 0, knobCount = 0
    for step in draft.steps {
      switch step.kind {
      case .combine: combineCount += 1
      case .accumulate: accumulateCount += 1
      case .module: siteCount += 1
      default: break
      }
    }
    for node in graph.nodes { knobCount += node.instance.knobs.count }
    let combines = array(combineCount, of: CombineStep.self)
    let accumulates = array(accumulateCount, of: AccumulateStep.self)
    let sites = array(siteCount, of: FaultSite.self)
    costs = .allocate(capacity: max(siteCount, 1))
    for i in 0..<max(siteCount, 1) { (costs + i).initialize(to: Atomic(0)) }
    let isInLoop = graph.nodesInLoops
    let steps = array(draft.steps.count, of: Step.self)
    var nextCombine = 0, nextAccumulate = 0, nextSite = 0
    for (i, step) in draft.steps.enumerated() {
      var site = -1
      let process: Process, state: UnsafeMutableRawPointer
      switch step.kind {
      case .module(let node, let group):
        let instance = graph.nodes[node].instance, kernel = instance.kernel(group: group)
        (process, state) = (kernel.process, kernel.state)
        (sites.baseAddress! + nextSite).initialize(to: instance.faultSite(group: group, isInLoop: isInLoop[node]))
        site = nextSite
        nextSite += 1
      case .combine(let node, let port, let range):
        let instance = graph.nodes[node].instance, spec = instance.descriptor.inputs[port]
        let combine = combines.baseAddress! + nextCombine
        nextCombine += 1
        combine.initialize(
          to: CombineStep(
            sources: sources.baseAddress! + range.lowerBound, count: range.count,
            knob: Constants.cell(of: instance.knobs.baseAddress! + port), rule: spec.modulation,
            isPlain: spec.type == .signal, isOnGrid: spec.reading == .grid, low: spec.range.lowerBound,
            high: spec.range.upperBound))
        (process, state) = (
          step.isPoly ? CombineStep.processPoly : CombineStep.processMono, UnsafeMutableRawPointer(combine)
        )
      case .accumulate(let cable, let group, _):
        pointers[draft.wires[step.outputs.lowerBound]].pointee.mask = AccumulateStep.empty
        let accumulate = accumulates.baseAddress! + nextAccumulate
        nextAccumulate += 1
        let source = graph.cables[cable].source, players = played.of[source]
        // An empty list has no base; nothing is read through it then.
        let links = noteGroups.baseAddress.map { $0 + nextNoteGroup } ?? UnsafeMutablePointer(bitPattern: 8)!
        for (i, player) in players.enumerated() {
          (links + i).initialize(to: graph.nodes[player].instance.notes!.group(group))
        }
        nextNoteGroup += players.count
        accumulate.initialize(
          to: AccumulateStep(
            gain: graph.cables[cable].gain.ramp, weights: weights + group, notes: links, noteCount: players.count,
            isMeasured: !players.isEmpty && graph.nodes[source].instance.notes == nil))
        (process, state) = (AccumulateStep.process, UnsafeMutableRawPointer(accumulate))
      case .spread: (process, state) = (SpreadStep.process, buffers)
      case .fold: (process, state) = (FoldStep.process, buffers)
      case .readLate(let node, let port, let group):
        let instance = graph.nodes[node].instance
        state = instance.lateRing(port: port, group: group)
        rings.append(UnsafeMutableRawBufferPointer(start: state, count: quantumFrames * instance.valueBytes))
        process = step.isPoly ? LateRing.readPoly : LateRing.readMono
      case .writeLate(let node, let port, let group):
        state = graph.nodes[node].instance.lateRing(port: port, group: group)
        process = step.isPoly ? LateRing.writePoly : LateRing.writeMono
      }
      (steps.baseAddress! + i).initialize(
        to: Step(
          process: process, state: state, inputs: UnsafePointer(wires.baseAddress! + step.inputs.lowerBound),
          outputs: UnsafePointer(wires.baseAddress! + step.outputs.lowerBound), site: site))
    }

    // Who rests with whom.
    let stretches = played.stretches(of: draft, in: graph)
    let runs = array(stretches.count, of: StepRun.self)
    let resting = array(stretches.reduce(0) { $0 + $1.players.count }, of: UnsafeMutablePointer<NoteGroup>.self)
    var nextResting = 0
    for (i, stretch) in stretches.enumerated() {
      let links = resting.baseAddress.map { $0 + nextResting } ?? UnsafeMutablePointer(bitPattern: 8)!
      for (k, player) in stretch.players.enumerated() {
        (links + k).initialize(to: graph.nodes[player].instance.notes!.group(stretch.group))
      }
      nextResting += stretch.players.count
      (runs.baseAddress! + i).initialize(
        to: StepRun(
          first: stretch.steps.lowerBound, end: stretch.steps.upperBound, isStill: stretch.isStill,
          next: NoteSources.next(after: i, in: stretches), notes: links,
          noteCount: stretch.players.count))
    }

    // What starts to move.
    let rampChanges = array(graph.rampChanges.count, of: RampChange.self)
    for (i, change) in graph.rampChanges.enumerated() {
      (rampChanges.baseAddress! + i).initialize(to: RampChange(ramp: change.gain.ramp, target: change.target))
    }
    let movingCables = graph.cables.filter(\.isMoving)
    let ramping = array(movingCables.count, of: UnsafeMutablePointer<Ramp>.self)
    for (i, cable) in movingCables.enumerated() { (ramping.baseAddress! + i).initialize(to: cable.gain.ramp) }
    let knobChanges = array(knobs.count, of: KnobChange.self)
    for (i, (node, port, value)) in knobs.enumerated() {
      (knobChanges.baseAddress! + i).initialize(
        to: KnobChange(knob: node.knobs.baseAddress! + port, value: value, buffer: node.movingBuffer(port)))
    }
    let lateRings = array(rings.count, of: UnsafeMutableRawBufferPointer.self)
    _ = lateRings.initialize(from: rings)
    let controls = array(graph.controls.count, of: KnobControl.self)
    _ = controls.initialize(from: graph.controls.map(\.forAudio))
    let entries = Plan.boards(of: graph, played, sampleRate: sampleRate)
    let boards = array(entries.count, of: BoardEntry.self)
    _ = boards.initialize(from: entries)
    let tuning = array(graph.tuning.count, of: Float.self)
    _ = tuning.initialize(from: graph.tuning)
    memory.initialize(
      to: PlanMemory(
        id: id, steps: steps, runs: runs, sites: sites, costs: costs, rampChanges: rampChanges, ramping: ramping,
        rampFrames: rampFrames,
        knobChanges: knobChanges,
        nodes: Plan.table(of: graph, array(Plan.places(for: graph.nodes.count), of: NodeEntry.self)),
        moving: array(knobCount, of: UnsafeMutablePointer<Knob>.self), boards: boards, tuning: tuning,
        controls: controls,
        lateRings: lateRings, hasLoops: isInLoop.contains(true),
        voices: graph.voices, groups: graph.groups,
        startFrame: startFrame))
    self.blocks = blocks
  }

  /// Adds what its nodes have cost since the last call, by serial.
  func addCosts(to sums: inout [Int: Int]) {
    for (i, site) in memory.pointee.sites.enumerated() {
      let cost = costs[i].exchange(0, ordering: .relaxed)
      if cost > 0 { sums[site.node, default: 0] += cost }
    }
  }

  deinit {
    costs.deallocate()
    memory.pointee.steps.deinitialize()
    memory.deallocate()
    for block in blocks { block.deallocate() }
  }

  /// The nodes that take notes, those that stay first; a node that changes its width is there once.
  private static func boards(of graph: Graph, _ played: NoteSources, sampleRate: Double) -> [BoardEntry] {
    var entries: [BoardEntry] = []
    for (i, node) in graph.nodes.enumerated() {
      guard let notes = node.instance.notes, !entries.contains(where: { $0.board == notes.board }) else { continue }
      entries.append(
        BoardEntry(
          node: node.instance.serial, board: notes.board, knobs: node.instance.knobs.baseAddress!,
          tailFrames: played.tailFrames(behind: i, in: graph, sampleRate: sampleRate),
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
    let none = UnsafeMutableBufferPointer<Knob>(start: nil, count: 0)
    table.initialize(repeating: NodeEntry(serial: NodeEntry.empty, instance: 0, knobs: none))
    // The nodes that stay come first, and so are found before one that leaves under the same serial.
    for node in graph.nodes {
      var at = NodeEntry.place(of: node.instance.serial) & (table.count - 1)
      while table[at].serial != NodeEntry.empty { at = (at + 1) & (table.count - 1) }
      table[at] = NodeEntry(
        serial: node.instance.serial, instance: node.instance.number, knobs: node.instance.knobs)
    }
    return table
  }
}
