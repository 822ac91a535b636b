// [control] How the vertices of a graph are shared out among threads.

/// A part of a plan that one thread renders, while others may render other parts.
package struct PlanTask: Sendable {
  /// The tasks that must be done before, a bit each; all of them come earlier.
  package var needs: UInt32
  /// The thread that had better render it: what it left in its cache is there.
  package var home: Int
}

/// Cuts an ordered graph into tasks: whole bundles of voice groups, and branches of one voice.
///
/// Two vertices of one task are never apart from each other by a third of another task, so that the tasks have an
/// order. How vertices are cut says nothing of what they sound like: whatever adds to the same sum keeps its order.
struct Partition {
  struct Vertex {
    /// About how much work it is: 1 is a module of one voice.
    var weight: Int
    /// Which of the sums its voices are added to; nil: it has one voice.
    var part: Int?
  }

  /// The most tasks: see `TaskBits`.
  static let limit = 20
  /// Less work is done by one thread before another has noticed that there is some.
  static let leastWeight = 32
  /// A task that is worth being taken.
  private static let leastTask = 6

  /// The task of each vertex.
  private(set) var task: [Int]
  private(set) var tasks: [PlanTask] = []

  /// - Parameters:
  ///   - order: the vertices that are rendered, in their order.
  ///   - edges: between them; what must keep its order although no cable says so has edges, too.
  ///   - vertices: of all, also of those that are not in `order`.
  /// - Returns: nil where there is nothing to share.
  init?(order: [Int], edges: [(from: Int, to: Int)], vertices: [Vertex], threads: Int) {
    task = Array(repeating: 0, count: vertices.count)
    let total = order.reduce(0) { $0 + vertices[$1].weight }
    guard total >= Partition.leastWeight else { return nil }
    var most = max(Partition.leastTask, total / (4 * threads)), clusters: Grouping, bundles: [Grouping.Bundle]
    while true {
      clusters = Grouping(order, edges, vertices, most: most)
      bundles = clusters.bundles(most: most)
      // The last task is kept for what closes cycles.
      if bundles.count < Partition.limit || most >= total { break }
      most *= 2
    }
    guard bundles.count > 1, bundles.count < Partition.limit, Set(bundles.map(\.depth)).count < bundles.count else {
      return nil
    }
    var bundleOf = Array(repeating: 0, count: clusters.count)
    for (i, bundle) in bundles.enumerated() { for cluster in bundle.clusters { bundleOf[cluster] = i } }
    for vertex in order { task[vertex] = bundleOf[clusters.of[vertex]] }
    tasks = Partition.homes(bundles, threads: threads)
    for edge in clusters.edges where bundleOf[edge.from] != bundleOf[edge.to] {
      tasks[bundleOf[edge.to]].needs |= 1 << UInt32(bundleOf[edge.from])
    }
  }

  /// What may be done at the same time is dealt out evenly.
  private static func homes(_ bundles: [Grouping.Bundle], threads: Int) -> [PlanTask] {
    var loads = Array(repeating: 0, count: threads), depth = -1
    return bundles.map { bundle in
      if bundle.depth != depth {
        depth = bundle.depth
        loads = Array(repeating: 0, count: threads)
      }
      let home = loads.indices.min { loads[$0] < loads[$1] }!
      loads[home] += bundle.weight
      return PlanTask(needs: 0, home: home)
    }
  }
}
