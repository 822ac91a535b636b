// [control] Tasks of steps, for several threads.
import DSP
import ModuleKit

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
