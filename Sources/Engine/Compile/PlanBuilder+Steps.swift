// [control] The steps of a plan in memory, with everything that they refer to.
import DSP
import ModuleKit

/// Adjacent memory for the values of one type, whose number is known.
struct Pool<Value> {
  private let row: Row<Value>
  private var count = 0

  init(for count: Int, in arena: inout PlanArena) { row = arena.room(for: count, of: Value.self) }

  mutating func add(_ value: Value) -> Reference<Value> {
    defer { count += 1 }
    row.initialize(count, to: value)
    return row.reference(to: count)
  }

  mutating func add(_ values: [Value]) -> Row<Value> {
    defer { count += values.count }
    return row.part(from: count, count: values.count).initialize(from: values)
  }
}

extension PlanBuilder {
  /// The steps, each with its kernel or its own state.
  mutating func makeSteps() -> Row<Step> {
    let steps = arena.room(for: list.steps.count, of: Step.self), chains = makeChains()
    for (i, step) in list.steps.enumerated() {
      let site = sites.count
      let (process, state) = make(step)
      var made = Step(
        process: process, state: state, inputs: signals.list(at: step.inputs.lowerBound),
        outputs: signals.list(at: step.outputs.lowerBound), site: sites.count > site ? site : -1)
      if let (chain, states) = chains[i], case .module(let node, _) = step.kind {
        let isFirst = i == chain.steps.lowerBound
        if isFirst { sites[site].chainCount = chain.steps.count }
        let all = Step(
          process: graph.nodes[node].instance.descriptor.chaining!, state: RawMemory(states), inputs: made.inputs,
          outputs: made.outputs, site: -1)
        made = Step(
          process: ChainStep.process,
          state: RawMemory(arena.copy(ChainStep(chain: states, all: all, one: made, isFirst: isFirst))),
          inputs: made.inputs, outputs: made.outputs, site: made.site)
      }
      steps.initialize(i, to: made)
    }
    return steps
  }

  private mutating func make(_ step: PlanStep) -> (Process, RawMemory) {
    let isPoly = step.traits.contains(.poly)
    switch step.kind {
    case .module(let node, let group):
      let instance = graph.nodes[node].instance, kernel = instance.kernel(group: group)
      sites.append(instance.faultSite(group: group, isInLoop: isInLoop[node]))
      return (kernel.process, RawMemory(kernel.state))
    case .combine(let node, let port, let range):
      let process = isPoly ? CombineStep.processPoly : CombineStep.processMono
      let parameter =
        step.inputs.isEmpty
        ? Constants.cell(of: graph.nodes[node].instance.parameters.reference(to: port))
        : signals.first(at: step.inputs.lowerBound)
      return (
        process,
        RawMemory(
          makeCombine(
            node, port, parameter, range, isWithin: step.traits.contains(.mayPass),
            isOnGrid: step.traits.contains(.readsGrid)))
      )
    case .noteParameter(let node, let port, let group):
      let process = isPoly ? NoteParameterStep.processPoly : NoteParameterStep.processMono
      return (process, RawMemory(makeNoteParameter(node, port, group)))
    case .combineEight(let pack, let port, let range):
      let parameters = step.inputs.isEmpty ? Constants.silence : signals.first(at: step.inputs.lowerBound)
      return (
        CombineStep.processEight,
        RawMemory(
          makeCombine(
            list.packs[pack][0], port, parameters, range, isWithin: false,
            isOnGrid: step.traits.contains(.readsGrid)))
      )
    case .accumulate(let cable, let group):
      signals.first(at: step.outputs.lowerBound).pointee.mask = AccumulateStep.empty
      return (AccumulateStep.process, RawMemory(makeAccumulate(cable, group)))
    case .compensate(let index, let group):
      let cable = graph.cables[index]
      let line = cable.gain.line(group: group, isPoly: isPoly, delay: cable.delay)
      let delay = arena.copy(CompensateStep(line: line, delay: cable.delay, fadeFrames: max(1, request.rampFrames)))
      return (isPoly ? CompensateStep.processPoly : CompensateStep.processMono, RawMemory(delay))
    case .spread: return (SpreadStep.process, signals.anywhere)
    case .fold: return (FoldStep.process, signals.anywhere)
    case .total:
      return (TotalStep.process, RawMemory(arena.copy(TotalStep(count: step.inputs.count))))
    case .gather: return (GatherStep.process, signals.anywhere)
    case .scatter: return (ScatterStep.process, signals.anywhere)
    case .pack(let number):
      sites += packSites(number)
      return (PackStep.process, RawMemory(makePack(number, step)))
    case .readFeedback(let node, let port, let group):
      let instance = graph.nodes[node].instance, buffer = instance.feedbackBuffer(port: port, group: group)
      feedbackBuffers.append(RawBlock(memory: buffer, bytes: quantumFrames * instance.valueBytes))
      return (isPoly ? FeedbackBuffer.readPoly : FeedbackBuffer.readMono, buffer)
    case .writeFeedback(let node, let port, let group):
      let buffer = graph.nodes[node].instance.feedbackBuffer(port: port, group: group)
      return (isPoly ? FeedbackBuffer.writePoly : FeedbackBuffer.writeMono, buffer)
    }
  }

  private mutating func makeCombine(
    _ node: Int, _ port: Int, _ parameter: Reference<SignalCell>, _ range: Range<Int>,
    isWithin: Bool, isOnGrid: Bool
  ) -> Reference<CombineStep> {
    let spec = graph.nodes[node].instance.descriptor.inputs[port]
    return combines.add(
      CombineStep(
        sources: sources.part(from: range.lowerBound, count: range.count),
        parameter: parameter, rule: spec.modulation,
        isPlain: spec.type == .signal, isWithin: isWithin, isOnGrid: isOnGrid, low: spec.range.lowerBound,
        high: spec.range.upperBound))
  }

  private mutating func makeNoteParameter(_ node: Int, _ port: Int, _ group: Int) -> Reference<NoteParameterStep> {
    let instance = graph.nodes[node].instance, parameter = instance.noteParameters[port]!,
      notes = players.setters(of: node)
    return noteParameters.add(
      NoteParameterStep(
        parameter: Constants.cell(of: instance.parameters.reference(to: port)), group: parameter.group(group),
        notes: noteGroups(of: notes, group), smoothFrames: parameter.smoothFrames))
  }

  private mutating func makeAccumulate(_ cable: Int, _ group: Int) -> Reference<AccumulateStep> {
    let source = graph.cables[cable].source, notes = players.of[source]
    return accumulates.add(
      AccumulateStep(
        gain: graph.cables[cable].gain.ramp, weights: settings.weights.reference(to: group),
        notes: noteGroups(of: notes, group),
        isMeasured: !notes.isEmpty && graph.nodes[source].instance.notes == nil))
  }

  private mutating func noteGroups(
    of notes: [Int], _ group: Int
  ) -> Row<Reference<NoteGroup>> {
    let graph = graph
    return noteGroups.add(notes.map { graph.noteGroup(of: $0, group) })
  }
}

/// Signals for the nodes of packs that are rendered one by one, lane by lane.
struct PackCells {
  /// One set for all packs of a thread.
  private let sets: [Row<Reference<SignalCell>>]
  let mostInputs: Int
  /// Cells of one lane: inputs, then outputs.
  let stride: Int

  init(_ list: StepList, of graph: Graph, in arena: inout PlanArena) {
    let models = list.packs.map { graph.nodes[$0[0]].instance.descriptor }
    let mostInputs = models.map(\.inputs.count).max() ?? 0, mostOutputs = models.map(\.outputs.count).max() ?? 0
    stride = mostInputs + mostOutputs
    let count = Voices.count * stride, setCount = list.tasks.isEmpty ? 1 : list.packs.count
    sets = (0..<setCount).map { _ in PackCells.cells(count, in: &arena) }
    self.mostInputs = mostInputs
  }

  func cells(of pack: Int) -> Row<Reference<SignalCell>> { sets[pack % sets.count] }

  private static func cells(_ count: Int, in arena: inout PlanArena) -> Row<Reference<SignalCell>> {
    let bytes = quantumFrames * MemoryLayout<Float>.stride
    let buffers = arena.bytes(count * bytes), constant = arena.bytes(count * MemoryLayout<Voices>.stride)
    let own = arena.bytes(count * MemoryLayout<SignalCell>.stride).row(of: SignalCell.self, count: count).initialize {
      SignalCell(
        base: (buffers + $0 * bytes).pointer, constant: (constant + $0 * MemoryLayout<Voices>.stride).pointer)
    }
    return arena.copy(of: own.indices.map { own.reference(to: $0) })
  }
}

extension PlanBuilder {
  /// The state of the step of a pack, with everything that it refers to.
  mutating func makePack(_ number: Int, _ step: PlanStep) -> Reference<PackStep> {
    let inputs = signals.list(at: step.inputs.lowerBound), outputs = signals.list(at: step.outputs.lowerBound)
    let instances = list.packs[number].map { graph.nodes[$0].instance }, descriptor = instances[0].descriptor
    let states = arena.copy(of: instances.map { Optional(RawMemory($0.kernel(group: 0).state)) })
    let settings = arena.copy(of: descriptor.inputs.indices.filter { descriptor.inputs[$0].isSetting })
    var packed: Reference<PackedStates>?
    let eight: Step
    switch descriptor.packing {
    case .eight(let process, let form):
      packed = arena.copy(PackedStates(states, lanes: arena.bytes(form.bytes), form: form))
      eight = Step(process: process, state: RawMemory(packed!), inputs: inputs, outputs: outputs, site: -1)
    case .pure, .none:
      let kernel = instances[0].pureKernel()
      kernels.append(kernel)
      eight = Step(process: kernel.process, state: RawMemory(kernel.state), inputs: inputs, outputs: outputs, site: -1)
    }
    let cells = packCells.cells(of: number)
    let one = Step(
      process: instances[0].kernel(group: 0).process, state: states[0]!, inputs: SignalList(cells),
      outputs: SignalList(cells.rest(from: packCells.mostInputs)), site: -1)
    return arena.copy(
      PackStep(
        eight: eight, states: packed, one: one, stride: packCells.stride, nodes: states,
        inputCount: descriptor.inputs.count, outputCount: descriptor.outputs.count, settings: settings))
  }

  /// The fault sites of its nodes.
  func packSites(_ number: Int) -> [FaultSite] {
    list.packs[number].map { node in
      var site = graph.nodes[node].instance.faultSite(group: 0, isInLoop: isInLoop[node])
      site.isPacked = true
      return site
    }
  }
}

extension PlanBuilder {
  /// The states of the chains, by the number of their first step.
  mutating func makeChains() -> [Int: (chain: Chain, states: Reference<ChainStates>)] {
    var made: [Int: (chain: Chain, states: Reference<ChainStates>)] = [:]
    for chain in list.chains {
      let instances = list.steps[chain.steps].compactMap { step in
        if case .module(let node, _) = step.kind { graph.nodes[node].instance } else { nil }
      }
      let states = ChainStates(
        nodes: arena.copy(of: instances.map { Optional(RawMemory($0.kernel(group: 0).state)) }),
        inputs: arena.copy(of: list.steps[chain.steps].map { signals.list(at: $0.inputs.lowerBound) }),
        outputs: arena.copy(of: list.steps[chain.steps].map { signals.list(at: $0.outputs.lowerBound) }),
        places: arena.bytes(chain.steps.count * MemoryLayout<Int>.stride), count: chain.steps.count,
        needsAllOutputs: chain.needsAllOutputs)
      let reference = arena.copy(states)
      for step in chain.steps { made[step] = (chain, reference) }
    }
    return made
  }
}
