// [control] The packs of a plan in memory.
import DSP
import ModuleKit

/// Builds the step of each pack.
struct PlanPacks {
  /// Kernels of stateless modules: they belong to no node.
  private(set) var kernels: [Kernel] = []
  private let graph: Graph
  /// Per pack, by lane.
  let nodes: [[Int]]
  // The signals for nodes rendered one by one, lane by lane; shared by all packs of a thread.
  private let cells: [UnsafeMutablePointer<UnsafeMutablePointer<SignalCell>>]
  private let mostInputs: Int
  private let stride: Int

  init(_ draft: PlanDraft, of graph: Graph, in arena: inout PlanArena) {
    self.graph = graph
    nodes = draft.packs
    let models = nodes.map { graph.nodes[$0[0]].instance.descriptor }
    let mostInputs = models.map(\.inputs.count).max() ?? 0, mostOutputs = models.map(\.outputs.count).max() ?? 0
    stride = mostInputs + mostOutputs
    let count = Voices.count * stride, sets = draft.tasks.isEmpty ? 1 : draft.packs.count
    cells = (0..<sets).map { _ in PlanPacks.cells(count, in: &arena) }
    self.mostInputs = mostInputs
  }

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

  /// The step of a pack, with everything that it refers to.
  mutating func build(
    _ number: Int, inputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>,
    outputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>, in arena: inout PlanArena
  ) -> UnsafeMutableRawPointer {
    let instances = nodes[number].map { graph.nodes[$0].instance }, descriptor = instances[0].descriptor
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
    let cells = cells[number % cells.count]
    let one = Step(
      process: instances[0].kernel(group: 0).process, state: states[0]!, inputs: UnsafePointer(cells),
      outputs: UnsafePointer(cells + mostInputs), site: -1)
    let step = arena.copy(
      of: [
        PackStep(
          eight: eight, states: packed, one: one, stride: stride, nodes: states, inputCount: descriptor.inputs.count,
          outputCount: descriptor.outputs.count, settings: settings.baseAddress ?? UnsafeMutablePointer(bitPattern: 8)!,
          settingCount: settings.count)
      ])
    return UnsafeMutableRawPointer(step.baseAddress!)
  }

  /// The fault sites of its nodes.
  func sites(_ number: Int, isInLoop: [Bool]) -> [FaultSite] {
    nodes[number].map { node in
      var site = graph.nodes[node].instance.faultSite(group: 0, isInLoop: isInLoop[node])
      site.isPacked = true
      return site
    }
  }
}
