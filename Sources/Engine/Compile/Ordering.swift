// [control] Topological order and cycles of a graph, by numbers only; delays of cables, so that parallel paths of
// different latency meet in time.
import DSP
import ModuleKit

/// Edges between nodes 0 ..< count, in compressed rows.
package struct GraphShape {
  package let count: Int
  /// For each node, where its targets start in `targets`; one more entry at the end.
  private(set) var starts: [Int]
  private(set) var targets: [Int]
  private(set) var indegrees: [Int]

  package init(count: Int, edges: [(from: Int, to: Int)]) {
    self.count = count
    starts = Array(repeating: 0, count: count + 1)
    indegrees = Array(repeating: 0, count: count)
    for edge in edges {
      starts[edge.from + 1] += 1
      indegrees[edge.to] += 1
    }
    for i in 0..<count { starts[i + 1] += starts[i] }
    var next = starts
    targets = Array(repeating: 0, count: edges.count)
    for edge in edges {
      targets[next[edge.from]] = edge.to
      next[edge.from] += 1
    }
  }

  /// Kahn's order, O(nodes + edges), ties broken depth-first: a node's targets follow it as closely as possible, so
  /// that buffers are free early. Nodes on or behind a cycle are missing.
  ///
  /// - Source: A. B. Kahn, "Topological sorting of large networks", 1962.
  /// - Parameter priority: the order among ready nodes, lowest first.
  package func order(priority: [Int]) -> [Int] {
    var open = indegrees
    var ready = (0..<count).filter { open[$0] == 0 }
    ready.sort { priority[$0] > priority[$1] }
    var order: [Int] = []
    order.reserveCapacity(count)
    while let node = ready.popLast() {
      order.append(node)
      // Pushed in reverse, so that the first target is taken first.
      for target in targets[starts[node]..<starts[node + 1]].reversed() {
        open[target] -= 1
        if open[target] == 0 { ready.append(target) }
      }
    }
    return order
  }

  /// The nodes of each cycle's strongly connected component (two nodes or more, or one that feeds itself).
  ///
  /// - Source: R. Tarjan, "Depth-first search and linear graph algorithms", 1972; without recursion.
  package func cyclicComponents() -> [[Int]] {
    var index = Array(repeating: -1, count: count), low = index
    var isOnStack = Array(repeating: false, count: count)
    var stack: [Int] = [], components: [[Int]] = [], next = 0
    for root in 0..<count where index[root] < 0 {
      var path: [(node: Int, edge: Int)] = [(root, starts[root])]
      while let (node, edge) = path.last {
        if index[node] < 0 {
          index[node] = next
          low[node] = next
          next += 1
          stack.append(node)
          isOnStack[node] = true
        }
        if edge < starts[node + 1] {
          path[path.count - 1].edge += 1
          let target = targets[edge]
          if index[target] < 0 {
            path.append((target, starts[target]))
          } else if isOnStack[target] {
            low[node] = min(low[node], index[target])
          }
          continue
        }
        path.removeLast()
        if let above = path.last { low[above.node] = min(low[above.node], low[node]) }
        guard low[node] == index[node] else { continue }
        var component: [Int] = []
        repeat {
          component.append(stack.removeLast())
          isOnStack[component.last!] = false
        } while component.last! != node
        let feedsItself = targets[starts[node]..<starts[node + 1]].contains(node)
        if component.count > 1 || feedsItself { components.append(component) }
      }
    }
    return components
  }

  /// One cycle within `nodes` (a strongly connected component), in the order of its cables.
  package func cycle(within nodes: [Int]) -> [Int] {
    let members = Set(nodes)
    var path = [nodes.min()!], places = [nodes.min()!: 0]
    while true {
      let next = targets[starts[path.last!]..<starts[path.last! + 1]].first { members.contains($0) }!
      if let place = places[next] { return Array(path[place...]) }
      places[next] = path.count
      path.append(next)
    }
  }
}

extension Graph {
  /// Delays each sound by what the longest path to the same node, or to an output on the same channels, takes more.
  ///
  /// Cables of sound into audio inputs count: control signals are not delayed, and nothing is within a feedback loop,
  /// whose time would change.
  /// - Parameter latencies: frames by which each node delays.
  mutating func compensateLatency(_ latencies: [Int]) {
    guard latencies.contains(where: { $0 > 0 }) else { return }
    let edges = cables.filter { $0.source != Graph.unit && !isDelayed($0) }.map {
      (from: $0.source, to: $0.destination)
    }
    let order = GraphShape(count: nodes.count, edges: edges).order(priority: Array(0..<nodes.count))
    let isSound = soundingNodes, isInLoop = nodesInLoops
    var incoming: [Int: [Int]] = [:]
    for (i, cable) in cables.enumerated()
    where cable.source != Graph.unit && isSound[cable.source] && isSignal(cable) && !isDelayed(cable)
      && !(isInLoop[cable.source] && isInLoop[cable.destination])
    {
      incoming[cable.destination, default: []].append(i)
    }
    var arrivals = Array(repeating: 0, count: nodes.count)
    for node in order {
      for i in incoming[node] ?? [] {
        arrivals[node] = max(arrivals[node], arrivals[cables[i].source] + latencies[cables[i].source])
      }
    }
    // Outputs on the same channels meet in the host; those on others are not related.
    let outputs = nodes.indices.filter { nodes[$0].instance.descriptor.name == GraphBuilder.impliedOutputType }
    for meeting in Dictionary(grouping: outputs, by: channel).values {
      let last = meeting.map { arrivals[$0] }.max()!
      for node in meeting { arrivals[node] = last }
    }
    for i in incoming.values.joined() {
      cables[i].delay = arrivals[cables[i].destination] - arrivals[cables[i].source] - latencies[cables[i].source]
    }
  }

  /// The first channel of an output node.
  private func channel(_ node: Int) -> Float {
    let instance = nodes[node].instance
    return instance.descriptor.input(named: "channel").map { instance.values[$0] } ?? 1
  }

  /// Returns whether a cable has a delay, or had one that must fade.
  func isCompensated(_ cable: Cable) -> Bool { cable.delay > 0 || cable.gain.delay > 0 }
}

extension CableGain {
  /// The line of one voice group, with room for a delay.
  func line(group: Int, isPoly: Bool, delay: Int) -> Reference<CompensationLine> {
    if let line = lines[group], line.pointee.capacity >= CompensationLine.capacity(for: delay) { return line }
    let capacity = CompensationLine.capacity(for: delay)
    let bytes = capacity * (isPoly ? MemoryLayout<Voices>.stride : MemoryLayout<Float>.stride)
    // A cable that sounds already fades from no delay.
    let start = isPublished ? 0 : delay
    let line = Reference.make(
      CompensationLine(memory: .zeros(bytes: bytes), capacity: capacity, delay: start, former: start))
    if let old = lines[group] { spent.append(old) }
    lines[group] = line
    return line
  }
}

extension PatchRouter {
  /// The signal of a cable's source, delayed if a parallel path takes longer.
  mutating func compensated(_ index: Int, _ group: Int, _ signal: Int) -> Int {
    let cable = graph.cables[index]
    guard graph.isCompensated(cable) else { return signal }
    let isPoly = isPoly(cable.source), result = list.newSignal(isPoly: isPoly)
    list.add(.compensate(cable: index, group: group), inputs: [signal], outputs: [result], .poly(if: isPoly))
    return result
  }

  /// A mono source in all lanes; a delayed one is spread for its cable alone.
  mutating func spread(_ index: Int) -> Int {
    let cable = graph.cables[index]
    guard graph.isCompensated(cable) else { return spread(cable.source, cable.sourcePort) }
    if let known = delayedSpreads[index] { return known }
    let mono = output(cable.source, 0, cable.sourcePort), signal = list.newSignal(isPoly: true)
    inTask(of: firstVertex[cable.source]) {
      let delayed = $0.compensated(index, 0, mono)
      $0.list.add(.spread, inputs: [delayed], outputs: [signal], [.poly, .pure])
    }
    delayedSpreads[index] = signal
    return signal
  }
}

// MARK: Steps behind the sums of voices, which are idle together with the voices

extension NoteSources {
  /// Of each step: the cluster of note nodes without whose voices it is silent, and so is everything that reads it; -1:
  /// of none.
  ///
  /// The step holds no sound of its own: a sum, the sum of an audio input, or a module that rests in silence.
  func silentSteps(of list: StepList, in graph: Graph) -> [Int] {
    var found = Array(repeating: -1, count: list.steps.count)
    // The cluster of each sum of voices, and of what depends on it alone; nil: not written yet.
    var clusters: [Int?] = list.signals.map { $0.external == nil ? nil : -1 }
    func common(_ signals: [Int]) -> Int {
      guard let first = signals.first.flatMap({ clusters[$0] }) else { return -1 }
      return signals.allSatisfy { clusters[$0] == first } ? first : -1
    }
    for (i, step) in list.steps.enumerated() {
      let audio = list.audioInputs(of: step, in: graph)
      if case .accumulate(let cable, _) = step.kind {
        let cluster = self.cluster(of: graph.cables[cable].source), sum = list.wires[step.outputs.lowerBound]
        clusters[sum] = clusters[sum] == nil || clusters[sum] == cluster ? cluster : -1
        continue
      }
      found[i] = audio.map(common) ?? -1
      for signal in list.wires[step.outputs] { clusters[signal] = found[i] }
    }
    var isNeeded = Array(repeating: false, count: list.signals.count)
    for (i, step) in list.steps.enumerated().reversed() {
      if list.wires[step.outputs].contains(where: { isNeeded[$0] }) { found[i] = -1 }
      guard found[i] < 0 else { continue }
      for signal in list.wires[step.inputs] { isNeeded[signal] = true }
      if let range = step.kind.sources { for source in list.sources[range] { isNeeded[source.signal] = true } }
    }
    return found
  }
}

extension StepList {
  /// The audio inputs of a step of one voice that is silent while they are; nil: it may sound without them.
  fileprivate func audioInputs(of step: PlanStep, in graph: Graph) -> [Int]? {
    guard !step.traits.contains(.poly) else { return nil }
    switch step.kind {
    case .fold, .total: return Array(wires[step.inputs])
    case .combine(let node, let port, let range):
      guard graph.nodes[node].instance.descriptor.inputs[port].type == .signal else { return nil }
      return sources[range].map(\.signal)
    case .module(let node, _):
      let descriptor = graph.nodes[node].instance.descriptor
      guard descriptor.about.restsInSilence else { return nil }
      return zip(descriptor.inputs, wires[step.inputs]).compactMap { spec, signal in
        spec.type == .signal && signals[signal].external?.pointer != Constants.silence.pointer ? signal : nil
      }
    default: return nil
    }
  }
}
