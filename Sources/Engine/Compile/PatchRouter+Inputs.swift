// [control] Steps that compute inputs, and sums of voices.
import ModuleKit

extension PatchRouter {
  /// The cables into a node, by port.
  func cables(into node: Int) -> ArraySlice<Int> { incoming[incomingStarts[node]..<incomingStarts[node + 1]] }

  /// The cables into one port of a node.
  func cables(into node: Int, _ port: Int) -> ArraySlice<Int> {
    var first = incomingStarts[node]
    while first < incomingStarts[node + 1], graph.cables[incoming[first]].destinationPort < port { first += 1 }
    var end = first
    while end < incomingStarts[node + 1], graph.cables[incoming[end]].destinationPort == port { end += 1 }
    return incoming[first..<end]
  }

  mutating func emitFeedbackRead(_ node: Int, _ group: Int, _ port: Int) -> Int {
    let isPoly = isPoly(node)
    let signal = list.newSignal(isPoly: isPoly)
    list.signals[signal].feedbackDelay = quantumFrames
    list.add(.readFeedback(node: node, port: port, group: group), inputs: [], outputs: [signal], .poly(if: isPoly))
    feedbackInputs.append((node, group, port))
    return signal
  }

  /// At the plan's end, when everything has been rendered.
  mutating func emitFeedbackWrite(_ node: Int, _ group: Int, _ port: Int) {
    let signal = combined(node, group, port, cables: cables(into: node, port))
    list.add(
      .writeFeedback(node: node, port: port, group: group), inputs: [signal], outputs: [], .poly(if: isPoly(node)))
  }

  /// The value of an input: the parameter, the source's own buffer, or a step that combines them.
  mutating func combined(_ node: Int, _ group: Int, _ port: Int, cables: ArraySlice<Int>) -> Int {
    let instance = graph.nodes[node].instance, spec = instance.descriptor.inputs[port]
    let parameter = instance.noteParameters[port].map { _ in noteParameter(node, group, port) }
    if cables.isEmpty {
      if let parameter { return parameter }
      let cell = spec.type == .signal ? Constants.silence : Constants.cell(of: instance.parameters.reference(to: port))
      return list.newSignal(isPoly: instance.isPoly, external: cell)
    }
    var sources: [(signal: Int, cable: Int)] = []
    for index in cables {
      let cable = graph.cables[index]
      if cable.source == Graph.unit {
        sources.append((list.newSignal(isPoly: instance.isPoly, external: Constants.unit), index))
      } else if isPoly(cable.source) && !instance.isPoly {
        continue  // in the sum of voices
      } else if !isPoly(cable.source) && instance.isPoly {
        sources.append((spread(index), index))
      } else {
        let place = instance.isPoly ? group : 0
        sources.append((compensated(index, place, output(cable.source, place, cable.sourcePort)), index))
      }
    }
    if let sums = sums[PortKey(node, port)] { sources.append((folded(sums), -1)) }
    if spec.type == .signal, sources.count == 1 {
      let cable = sources[0].cable
      if cable < 0 || graph.cables[cable].amount == 1 && !graph.cables[cable].isMoving { return sources[0].signal }
    }
    let first = list.sources.count
    for source in sources { list.addSource(source.signal, cables: CollectionOfOne(source.cable)) }
    let result = list.newSignal(isPoly: instance.isPoly)
    list.signals[result].isAudioRate = isAudioRate(spec, cables)
    list.add(
      .combine(node: node, port: port, sources: first..<list.sources.count), inputs: parameter.map { [$0] } ?? [],
      outputs: [result],
      [
        .pure, .poly(if: instance.isPoly), .readsGrid(if: spec.reading, list.signals[result].isAudioRate),
        mayPass(sources, into: spec) ? .mayPass : [],
      ])
    return result
  }

  /// Returns whether an adaptive input is read in every frame: a source of its cables moves at audio rate.
  func isAudioRate(_ spec: ParamSpec, _ cables: ArraySlice<Int>) -> Bool {
    spec.reading == .adaptive
      && cables.contains { graph.cables[$0].source != Graph.unit && isAudioRate[graph.cables[$0].source] }
  }

  /// Returns whether an input equals its one cable's signal, within the input's range.
  private func mayPass(_ sources: [(signal: Int, cable: Int)], into spec: ParamSpec) -> Bool {
    guard sources.count == 1, sources[0].cable >= 0, spec.modulation == .scale else { return false }
    let cable = graph.cables[sources[0].cable]
    guard cable.source != Graph.unit,
      let range = graph.nodes[cable.source].instance.descriptor.outputs[cable.sourcePort].range
    else { return false }
    return spec.range.lowerBound <= range.lowerBound && range.upperBound <= spec.range.upperBound
  }

  /// The parameter with per-note values.
  private mutating func noteParameter(_ node: Int, _ group: Int, _ port: Int) -> Int {
    let isPoly = isPoly(node), signal = list.newSignal(isPoly: isPoly)
    list.add(.noteParameter(node: node, port: port, group: group), inputs: [], outputs: [signal], .poly(if: isPoly))
    return signal
  }

  mutating func spread(_ node: Int, _ port: Int) -> Int {
    if let signal = spreads[PortKey(node, port)] { return signal }
    let signal = list.newSignal(isPoly: true), mono = output(node, 0, port)
    inTask(of: firstVertex[node]) {
      $0.list.add(.spread, inputs: [mono], outputs: [signal], [.poly, .pure])
    }
    spreads[PortKey(node, port)] = signal
    return signal
  }
}

extension PatchRouter {
  /// Number of partial sums, added at the end: the total is the same to the bit for any number of threads.
  private static let sumCount = 4

  /// The partial sum of a group. Two neighbours share one: few voices are not worth more threads.
  static func part(of group: Int) -> Int { group / 2 % sumCount }

  /// Groups of one sum are adjacent in the order: it stays in cache.
  static func place(of group: Int) -> Int { part(of: group) * Engine.groupLimit + group }

  /// Adds a group that has just been rendered to every sum of voices that it belongs to.
  mutating func accumulate(_ node: Int, _ group: Int, _ results: [Int]) {
    for index in summed[node] ?? [] {
      let cable = graph.cables[index], key = PortKey(cable.destination, cable.destinationPort)
      if sums[key] == nil {
        sums[key] = (0...PatchRouter.part(of: min(graph.groups, 2 * PatchRouter.sumCount) - 1)).map { _ in
          (list.newSignal(isPoly: true), 0)
        }
      }
      let part = PatchRouter.part(of: group)
      sums[key]![part].lastVertex = firstVertex[node] + group
      let voices = compensated(index, group, results[cable.sourcePort])
      list.add(
        .accumulate(cable: index, group: group), inputs: [voices],
        outputs: [sums[key]![part].signal], .poly)
    }
  }

  /// Folds sums of voices to mono. Each is folded in the task that computed it: one signal to hand over instead of
  /// eight lanes.
  mutating func folded(_ sums: [(signal: Int, lastVertex: Int)]) -> Int {
    let folded = sums.map { sum in
      let signal = list.newSignal(isPoly: false)
      inTask(of: sum.lastVertex) { $0.list.add(.fold, inputs: [sum.signal], outputs: [signal]) }
      return signal
    }
    if folded.count == 1 { return folded[0] }
    let total = list.newSignal(isPoly: false)
    list.add(.total, inputs: folded, outputs: [total])
    return total
  }
}
