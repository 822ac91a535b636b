// [control] The packs of a plan in memory.
import DSP
import ModuleKit

/// Signals for the nodes of packs that are rendered one by one, lane by lane.
struct PackCells {
  /// One set for all packs of a thread.
  private let sets: [UnsafeMutablePointer<UnsafeMutablePointer<SignalCell>>]
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

  func cells(of pack: Int) -> UnsafeMutablePointer<UnsafeMutablePointer<SignalCell>> { sets[pack % sets.count] }

  private static func cells(
    _ count: Int, in arena: inout PlanArena
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<SignalCell>> {
    let bytes = quantumFrames * MemoryLayout<Float>.stride
    let buffers = arena.bytes(count * bytes), constant = arena.bytes(count * MemoryLayout<Voices>.stride)
    let own = arena.bytes(count * MemoryLayout<SignalCell>.stride).bindMemory(to: SignalCell.self, capacity: count)
    let pointers = arena.room(for: count + 1, of: UnsafeMutablePointer<SignalCell>.self)
    for i in 0..<count {
      (own + i).initialize(
        to: SignalCell(base: buffers + i * bytes, constant: constant + i * MemoryLayout<Voices>.stride))
      (pointers.baseAddress! + i).initialize(to: own + i)
    }
    return pointers.baseAddress!
  }
}

extension PlanBuilder {
  /// The state of the step of a pack, with everything that it refers to.
  mutating func makePack(_ number: Int, _ step: PlanStep) -> UnsafeMutablePointer<PackStep> {
    let inputs = signals.list(at: step.inputs.lowerBound), outputs = signals.list(at: step.outputs.lowerBound)
    let instances = list.packs[number].map { graph.nodes[$0].instance }, descriptor = instances[0].descriptor
    let states = arena.copy(of: instances.map { Optional($0.kernel(group: 0).state) }).baseAddress!
    let settings = arena.copy(of: descriptor.inputs.indices.filter { descriptor.inputs[$0].isSetting })
    var packed: UnsafeMutablePointer<PackedStates>?
    let eight: Step
    switch descriptor.packing {
    case .eight(let process, let form):
      packed = arena.copy(of: [PackedStates(states, lanes: arena.bytes(form.bytes), form: form)]).baseAddress!
      eight = Step(process: process, state: packed!, inputs: inputs, outputs: outputs, site: -1)
    case .pure, .none:
      let kernel = instances[0].pureKernel()
      kernels.append(kernel)
      eight = Step(process: kernel.process, state: kernel.state, inputs: inputs, outputs: outputs, site: -1)
    }
    let cells = packCells.cells(of: number)
    let one = Step(
      process: instances[0].kernel(group: 0).process, state: states[0]!, inputs: UnsafePointer(cells),
      outputs: UnsafePointer(cells + packCells.mostInputs), site: -1)
    return arena.copy(
      of: [
        PackStep(
          eight: eight, states: packed, one: one, stride: packCells.stride, nodes: states,
          inputCount: descriptor.inputs.count,
          outputCount: descriptor.outputs.count, settings: settings.baseAddress ?? UnsafeMutablePointer(bitPattern: 8)!,
          settingCount: settings.count)
      ]
    ).baseAddress!
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
