// [control] Whose notes a polyphonic node plays.
import ModuleKit

/// The nodes that take notes, by what plays them.
struct NoteSources {
  /// Of each node: the nodes that take notes and reach it through polyphonic cables, itself included.
  let of: [[Int]]

  init(_ graph: Graph) {
    var fed: [Int: [Int]] = [:]
    for cable in graph.cables where cable.source != Graph.unit {
      guard graph.nodes[cable.source].instance.isPoly, graph.nodes[cable.destination].instance.isPoly else { continue }
      fed[cable.source, default: []].append(cable.destination)
    }
    var sources: [[Int]] = Array(repeating: [], count: graph.nodes.count)
    for source in graph.nodes.indices {
      let instance = graph.nodes[source].instance
      guard instance.notes != nil, instance.isPoly else { continue }
      var open = [source]
      while let node = open.popLast() {
        guard sources[node].last != source else { continue }
        sources[node].append(source)
        open += fed[node] ?? []
      }
    }
    of = sources
  }

  /// How long the voices that play a node's notes must be silent before they are idle.
  func tailFrames(behind node: Int, in graph: Graph, sampleRate: Double) -> Int {
    NoteSources.shortestSilence
  }

  /// 16 quanta: longer than half a cycle of the lowest tone.
  private static let shortestSilence = 16 * quantumFrames
}
