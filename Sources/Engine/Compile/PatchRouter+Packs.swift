// [control] Steps of packs.
import DSP
import ModuleKit

extension PatchRouter {
  /// The order with packs; nil where there are none.
  mutating func packed(_ order: [Int], _ edges: [(from: Int, to: Int)], _ priority: [Int]) -> [Int]? {
    let nodes = order.map { nodeOfVertex[$0] }
    for isByLevel in [false, true] {
      let found = Packs(of: graph, order: nodes, isByLevel: isByLevel, isExcluded: isAlone) { cables(into: $0) }
      guard !found.all.isEmpty else { return nil }
      // The leading vertex of each pack.
      var leaders = Array(outputs.indices)
      for nodes in found.all { for node in nodes { leaders[firstVertex[node]] = firstVertex[nodes[0]] } }
      let shape = GraphShape(count: outputs.count, edges: edges.map { (leaders[$0.from], leaders[$0.to]) })
      let packedOrder = shape.order(priority: priority)
      // Some pack would depend on itself.
      guard packedOrder.count == order.count else { continue }
      packs = found
      packOutputs = Array(repeating: [], count: found.all.count)
      list.packs = found.all
      return packedOrder.filter { leaders[$0] == $0 }
    }
    return nil
  }

  /// Returns whether a node is rendered by itself: it reads an adaptive input at audio rate, or a delayed cable.
  private func isAlone(_ node: Int) -> Bool {
    cables(into: node).contains { index in
      let cable = graph.cables[index], inputs = graph.nodes[node].instance.descriptor.inputs
      return cable.source != Graph.unit && isAudioRate[cable.source]
        && inputs[cable.destinationPort].reading == .adaptive || graph.isCompensated(cable)
    }
  }

  /// Emits one step for eight nodes, with their inputs gathered into lanes where necessary.
  mutating func emitPack(_ number: Int) {
    let nodes = packs.all[number], descriptor = graph.nodes[nodes[0]].instance.descriptor
    var inputs: [Int] = []
    inputs.reserveCapacity(descriptor.inputs.count)
    for port in descriptor.inputs.indices { inputs.append(combined(number, port)) }
    let results = descriptor.outputs.map { _ in list.newSignal(isPoly: true) }
    packOutputs[number] = results
    for node in nodes { outputs[firstVertex[node]] = Array(repeating: -1, count: results.count) }
    list.add(.pack(number), inputs: inputs, outputs: results, descriptor.about.isPure ? [.poly, .pure] : .poly)
  }

  /// The input values of eight nodes.
  private mutating func combined(_ pack: Int, _ port: Int) -> Int {
    let nodes = packs.all[pack], spec = graph.nodes[nodes[0]].instance.descriptor.inputs[port]
    let cables = nodes.map { self.cables(into: $0, port) }, count = cables[0].count
    let hasVoices = cables.joined().contains {
      graph.cables[$0].source != Graph.unit && isPoly(graph.cables[$0].source)
    }
    if hasVoices || cables.contains(where: { $0.count != count }) {
      return gather(nodes.indices.map { combined(nodes[$0], 0, port, cables: cables[$0]) })
    }
    if count == 0 { return spec.type == .signal ? silence() : parameters(of: nodes, port) }
    var sources: [(signal: Int, cables: [Int])] = []
    for k in 0..<count {
      let row = cables.map { $0[$0.startIndex + k] }
      sources.append((signal(of: row), row))
    }
    if spec.type == .signal, count == 1,
      sources[0].cables.allSatisfy({ graph.cables[$0].amount == 1 && !graph.cables[$0].isMoving })
    {
      return sources[0].signal
    }
    let inputs = spec.type == .signal ? [] : [parameters(of: nodes, port)]
    let first = list.sources.count
    for source in sources { list.addSource(source.signal, cables: source.cables) }
    let result = list.newSignal(isPoly: true)
    list.add(
      .combineEight(pack: pack, port: port, sources: first..<list.sources.count), inputs: inputs, outputs: [result],
      [.poly, .pure, .readsGrid(if: spec.reading, false)])
    return result
  }

  /// The signal of eight cables, one into each lane.
  private mutating func signal(of cables: [Int]) -> Int {
    let model = graph.cables[cables[0]]
    let areOfOne = cables.allSatisfy {
      graph.cables[$0].source == model.source && graph.cables[$0].sourcePort == model.sourcePort
    }
    if areOfOne {
      return model.source == Graph.unit
        ? list.newSignal(isPoly: true, external: Constants.unit) : spread(model.source, model.sourcePort)
    }
    if let signal = inLanes(cables) { return signal }
    return gather(
      cables.map {
        let cable = graph.cables[$0]
        return cable.source == Graph.unit
          ? list.newSignal(isPoly: false, external: Constants.unit) : output(cable.source, 0, cable.sourcePort)
      })
  }

  /// The output of a pack, where each lane is fed by the same lane.
  private func inLanes(_ cables: [Int]) -> Int? {
    let model = graph.cables[cables[0]]
    guard model.source != Graph.unit, packs.pack[model.source] >= 0 else { return nil }
    for (lane, index) in cables.enumerated() {
      let cable = graph.cables[index]
      guard cable.source != Graph.unit, cable.sourcePort == model.sourcePort,
        packs.pack[cable.source] == packs.pack[model.source], packs.lane[cable.source] == lane
      else { return nil }
    }
    return packOutputs[packs.pack[model.source]][model.sourcePort]
  }

  private mutating func silence() -> Int { list.newSignal(isPoly: true, external: Constants.silence) }

  private mutating func parameters(of nodes: [Int], _ port: Int) -> Int {
    gather(
      nodes.map {
        let parameter = graph.nodes[$0].instance.parameters.reference(to: port)
        return list.newSignal(isPoly: false, external: Constants.cell(of: parameter))
      })
  }

  /// Gathers eight mono signals into lanes.
  private mutating func gather(_ ones: [Int]) -> Int {
    let signal = list.newSignal(isPoly: true)
    list.add(.gather, inputs: ones, outputs: [signal], [.poly, .pure])
    return signal
  }

  /// Scatters an output of a pack to mono signals.
  mutating func scatter(_ pack: Int, _ port: Int) {
    let nodes = packs.all[pack]
    let results = nodes.map { _ in list.newSignal(isPoly: false) }
    list.add(.scatter, inputs: [packOutputs[pack][port]], outputs: results, [.poly, .pure])
    for (lane, node) in nodes.enumerated() { outputs[firstVertex[node]][port] = results[lane] }
  }
}
