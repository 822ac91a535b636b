// [control] Graph to steps: their order, and their tasks for several threads.
import DSP
import ModuleKit

/// Orders a graph's voice groups and emits the steps that render it.
///
/// A vertex is a node's group of eight voices (or its one voice). Ordered depth-first, one group runs through its
/// whole chain while its few buffers are in the first-level cache.
struct PatchRouter {
  let graph: Graph
  var list = StepList()
  /// The cables into each node, by port: rows of `incoming` from `incomingStarts`.
  private(set) var incoming: [Int] = []
  private(set) var incomingStarts: [Int]
  /// The cables from polyphonic nodes to nodes of one voice, by source.
  private(set) var summed: [Int: [Int]] = [:]
  /// The node of each vertex.
  private(set) var nodeOfVertex: [Int] = []
  /// Output signals by vertex, then port.
  var outputs: [[Int]]
  let firstVertex: [Int]
  /// A mono output in all lanes, by port.
  var spreads: [PortKey: Int] = [:]
  /// A delayed mono output in all lanes, by cable.
  var delayedSpreads: [Int: Int] = [:]
  /// The sums of voices into a mono input, in lanes, by port: see `sumCount`.
  var sums: [PortKey: [(signal: Int, lastVertex: Int)]] = [:]
  var feedbackInputs: [(node: Int, group: Int, port: Int)] = []
  var packs: Packs
  /// The outputs of each pack in lanes, by port.
  var packOutputs: [[Int]] = []
  /// Outputs already scattered, by pack and port.
  private var scattered: Set<PortKey> = []
  /// The nodes whose outputs move at audio rate.
  let isAudioRate: [Bool]
  /// The partition into tasks; nil: one thread renders everything.
  private(set) var cut: Partition?

  /// - Parameters:
  ///   - isPacked: whether equal nodes share lanes.
  ///   - threads: number of rendering threads.
  static func route(_ graph: Graph, isPacked: Bool = true, threads: Int = 1) -> StepList {
    var router = PatchRouter(graph)
    let edges = router.edges()
    let order = router.order(edges, isPacked: isPacked)
    if threads > 1 { router.cut = router.cut(order, edges, threads: threads) }
    for run in router.groupRuns(of: order) {
      let first = router.list.steps.count
      var isInLanes = router.isPoly(router.nodeOfVertex[run.first!])
      for vertex in run {
        let pack = router.packs.pack[router.nodeOfVertex[vertex]]
        router.list.task = router.task(of: vertex)
        if pack < 0 { router.emit(vertex) } else { router.emitPack(pack) }
        isInLanes = isInLanes || pack >= 0
      }
      if isInLanes { router.list.putConstantsFirst(from: first) }
    }
    router.list.task = router.cut?.tasks.count ?? 0
    for (node, group, port) in router.feedbackInputs { router.emitFeedbackWrite(node, group, port) }
    router.list.share(router.cut?.tasks ?? [])
    if isPacked { router.list.findChains(in: graph) }
    router.list.colour()
    return router.list
  }

  private init(_ graph: Graph) {
    self.graph = graph
    isAudioRate = graph.audioRateNodes
    packs = Packs(none: graph)
    incomingStarts = Array(repeating: 0, count: graph.nodes.count + 1)
    for (i, cable) in graph.cables.enumerated() {
      incomingStarts[cable.destination + 1] += 1
      if cable.source != Graph.unit, graph.nodes[cable.source].instance.isPoly,
        !graph.nodes[cable.destination].instance.isPoly
      {
        summed[cable.source, default: []].append(i)
      }
    }
    for node in graph.nodes.indices { incomingStarts[node + 1] += incomingStarts[node] }
    var next = incomingStarts
    incoming = Array(repeating: 0, count: graph.cables.count)
    for (i, cable) in graph.cables.enumerated() {
      incoming[next[cable.destination]] = i
      next[cable.destination] += 1
    }
    var first = [0]
    for node in graph.nodes { first.append(first.last! + (node.instance.isPoly ? graph.groups : 1)) }
    firstVertex = first
    outputs = Array(repeating: [], count: first.last!)
    nodeOfVertex.reserveCapacity(first.last!)
    for node in graph.nodes.indices { for _ in first[node]..<first[node + 1] { nodeOfVertex.append(node) } }
    for node in graph.nodes.indices where incomingStarts[node + 1] - incomingStarts[node] > 1 {
      incoming[incomingStarts[node]..<incomingStarts[node + 1]].sort {
        (graph.cables[$0].destinationPort, $0) < (graph.cables[$1].destinationPort, $1)
      }
    }
  }

  private func groups(_ node: Int) -> Int { firstVertex[node + 1] - firstVertex[node] }
  func isPoly(_ node: Int) -> Bool { graph.nodes[node].instance.isPoly }

  // MARK: Order

  private func edges() -> [(from: Int, to: Int)] {
    var edges: [(from: Int, to: Int)] = []
    edges.reserveCapacity(graph.cables.count)
    for cable in graph.cables where cable.source != Graph.unit && !graph.isDelayed(cable) {
      let from = groups(cable.source), to = groups(cable.destination)
      for group in 0..<max(from, to) {
        edges.append(
          (firstVertex[cable.source] + min(group, from - 1), firstVertex[cable.destination] + min(group, to - 1)))
      }
    }
    return edges
  }

  /// The vertices (node, group) in Kahn's order, one per pack; group by group where nothing else decides.
  private mutating func order(_ edges: [(from: Int, to: Int)], isPacked: Bool) -> [Int] {
    var priority: [Int] = []
    priority.reserveCapacity(outputs.count)
    for node in graph.nodes.indices {
      for group in 0..<groups(node) { priority.append(PatchRouter.place(of: group) * graph.nodes.count + node) }
    }
    let order = GraphShape(count: outputs.count, edges: edges).order(priority: priority)
    precondition(order.count == outputs.count, "a graph with a cycle reached the router")
    return isPacked ? packed(order, edges, priority) ?? order : order
  }

  /// Adjacent vertices of one voice group; bounded, so that early results do not wait for long.
  private func groupRuns(of order: [Int]) -> [ArraySlice<Int>] {
    var groupRuns: [ArraySlice<Int>] = [], first = 0
    func place(_ vertex: Int) -> (isPoly: Bool, group: Int) {
      let node = nodeOfVertex[vertex]
      return (isPoly(node), vertex - firstVertex[node])
    }
    for i in order.indices where i > first && (i == first + 16 || place(order[i]) != place(order[i - 1])) {
      groupRuns.append(order[first..<i])
      first = i
    }
    if first < order.count { groupRuns.append(order[first...]) }
    return groupRuns
  }

  // MARK: Steps

  private mutating func emit(_ vertex: Int) {
    let node = nodeOfVertex[vertex], group = vertex - firstVertex[node]
    let instance = graph.nodes[node].instance, descriptor = instance.descriptor
    var next = incomingStarts[node]
    let end = incomingStarts[node + 1]
    var inputs: [Int] = []
    inputs.reserveCapacity(descriptor.inputs.count)
    for (port, spec) in descriptor.inputs.enumerated() {
      let first = next
      while next < end, graph.cables[incoming[next]].destinationPort == port { next += 1 }
      if graph.nodes[node].isDelayed && spec.type == .signal {
        inputs.append(emitFeedbackRead(node, group, port))
      } else {
        inputs.append(combined(node, group, port, cables: incoming[first..<next]))
      }
    }
    let results = descriptor.outputs.map { _ in list.newSignal(isPoly: instance.isPoly) }
    outputs[vertex] = results
    list.add(
      .module(node: node, group: group), inputs: inputs, outputs: results,
      [.poly(if: instance.isPoly), descriptor.about.isPure ? .pure : []])
    if instance.isPoly { accumulate(node, group, results) }
  }

  /// An output of one voice group; for a node in a pack, scattered from the lanes.
  mutating func output(_ node: Int, _ group: Int, _ port: Int) -> Int {
    let pack = packs.pack[node]
    if pack >= 0 && scattered.insert(PortKey(pack, port)).inserted {
      inTask(of: firstVertex[node]) { $0.scatter(pack, port) }
    }
    return outputs[firstVertex[node] + group][port]
  }
}

// MARK: Tasks

extension PatchRouter {
  /// The task of a vertex.
  func task(of vertex: Int) -> Int { cut?.task[leader(of: vertex)] ?? 0 }

  /// The leading vertex of a pack.
  func leader(of vertex: Int) -> Int {
    let pack = packs.pack[nodeOfVertex[vertex]]
    return pack < 0 ? vertex : firstVertex[packs.all[pack][0]]
  }

  /// Adds steps to the task of their source, not of their first reader.
  mutating func inTask(of vertex: Int, _ add: (inout PatchRouter) -> Void) {
    let now = list.task
    list.task = task(of: vertex)
    add(&self)
    list.task = now
  }

  /// Splits the ordered vertices into tasks; nil where there is nothing to share.
  func cut(_ order: [Int], _ edges: [(from: Int, to: Int)], threads: Int) -> Partition? {
    let arrows = edges.map { (leader(of: $0.from), leader(of: $0.to)) } + sumOrder(order) + sinkOrder(order)
    let vertices = nodeOfVertex.enumerated().map { vertex, node in
      let isInLanes = isPoly(node) || packs.pack[node] >= 0
      return Partition.Vertex(
        weight: isInLanes ? 3 : 1,
        part: isPoly(node) ? PatchRouter.part(of: vertex - firstVertex[node]) : nil)
    }
    return Partition(order: order, edges: arrows, vertices: vertices, threads: threads)
  }

  /// Additions to the same sum keep their order.
  private func sumOrder(_ order: [Int]) -> [(Int, Int)] {
    struct Sum: Hashable {
      var node: Int
      var port: Int
      var part: Int
    }
    var last: [Sum: Int] = [:], arrows: [(Int, Int)] = []
    for vertex in order {
      let node = nodeOfVertex[vertex], part = PatchRouter.part(of: vertex - firstVertex[node])
      for index in summed[node] ?? [] {
        let cable = graph.cables[index]
        let sum = Sum(node: cable.destination, port: cable.destinationPort, part: part)
        if let before = last.updateValue(vertex, forKey: sum), before != vertex { arrows.append((before, vertex)) }
      }
    }
    return arrows
  }

  /// Nodes without outputs keep their order, too.
  private func sinkOrder(_ order: [Int]) -> [(Int, Int)] {
    let sinks = order.filter { graph.nodes[nodeOfVertex[$0]].instance.descriptor.outputs.isEmpty }
    return Array(zip(sinks, sinks.dropFirst()))
  }
}
