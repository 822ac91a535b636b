// [control] Partition of a graph into tasks for several threads.

/// A part of a plan that one thread renders, while others may render other parts.
package struct PlanTask: Sendable {
  /// The tasks that must be done before, a bit each; all of them come earlier.
  package var needs: UInt32
  /// The preferred thread: its cache holds the task's state.
  package var home: Int
}

/// Splits an ordered graph into tasks: whole bundles of voice groups, and mono branches.
///
/// No path between two vertices of a task leads through another task, so that the tasks have an order. The partition
/// does not affect the sound: additions to the same sum keep their order.
package struct Partition {
  package struct Vertex {
    /// Relative cost: 1 is a mono module.
    package var weight: Int
    /// The partial sum that its voices are added to; nil: mono.
    package var part: Int?

    package init(weight: Int, part: Int?) { (self.weight, self.part) = (weight, part) }
  }

  /// The most tasks: see `TaskBits`.
  package static let limit = 20
  /// The least work worth sharing: below it one thread is done before another has noticed.
  static let leastWeight = 32
  /// The least work of a task.
  private static let leastTask = 6

  /// The task of each vertex.
  package private(set) var task: [Int]
  package private(set) var tasks: [PlanTask] = []

  /// - Parameters:
  ///   - order: the vertices that are rendered, in order.
  ///   - edges: cables, and order constraints that no cable expresses.
  ///   - vertices: all, also those that are not in `order`.
  /// - Returns: nil where there is nothing to share.
  package init?(order: [Int], edges: [(from: Int, to: Int)], vertices: [Vertex], threads: Int) {
    task = Array(repeating: 0, count: vertices.count)
    let total = order.reduce(0) { $0 + vertices[$1].weight }
    guard total >= Partition.leastWeight else { return nil }
    var most = max(Partition.leastTask, total / (4 * threads)), clusters: Grouping, bundles: [Grouping.Bundle]
    while true {
      clusters = Grouping(order, edges, vertices, most: most)
      bundles = clusters.bundles(most: most)
      // The last task is reserved for feedback writes.
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

  /// Distributes tasks that can run at the same time evenly over the threads.
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

/// Groups of vertices that stay together: voices that are added to the same sums, and mono branches.
struct Grouping {
  /// Groups that one thread renders one after the other.
  struct Bundle {
    var clusters: [Int]
    var weight: Int
    /// The length of the longest chain of bundles before it.
    var depth: Int
    var isPoly: Bool
  }

  /// Per vertex.
  private(set) var of: [Int]
  private(set) var weights: [Int] = []
  private(set) var edges: [(from: Int, to: Int)] = []
  var count: Int { weights.count }
  private var isPoly: [Bool] = []
  /// Per vertex: the number of voice sums on the path to it.
  private var levels: [Int]

  /// - Parameter most: the greatest weight of a branch.
  init(_ order: [Int], _ arrows: [(from: Int, to: Int)], _ vertices: [Partition.Vertex], most: Int) {
    of = Array(repeating: -1, count: vertices.count)
    levels = Array(repeating: 0, count: vertices.count)
    var targets: [[Int]] = Array(repeating: [], count: vertices.count)
    for arrow in arrows where arrow.from != arrow.to { targets[arrow.from].append(arrow.to) }
    for vertex in order {
      for target in targets[vertex] {
        let isSummed = vertices[vertex].part != nil && vertices[target].part == nil
        levels[target] = max(levels[target], levels[vertex] + (isSummed ? 1 : 0))
      }
    }
    joinVoices(order, targets, vertices)
    joinBranches(order, targets, vertices, most: most)
    for arrow in arrows where of[arrow.from] != of[arrow.to] { edges.append((of[arrow.from], of[arrow.to])) }
  }

  /// Connected voices stay together: of each partial sum those with the same number of sums before them.
  ///
  /// Groups keep the order of their parts even without a cable between them: they may write to the same notes.
  private mutating func joinVoices(_ order: [Int], _ targets: [[Int]], _ vertices: [Partition.Vertex]) {
    var parents = Array(vertices.indices)
    func root(_ vertex: Int) -> Int {
      var vertex = vertex
      while parents[vertex] != vertex {
        // Halves the path, so that chains in any order take linear time.
        parents[vertex] = parents[parents[vertex]]
        vertex = parents[vertex]
      }
      return vertex
    }
    for vertex in order where vertices[vertex].part != nil {
      for target in targets[vertex] where vertices[target].part != nil {
        let (a, b) = (root(vertex), root(target))
        parents[max(a, b)] = min(a, b)
      }
    }
    struct Key: Hashable {
      var root: Int
      var level: Int
    }
    var found: [Key: Int] = [:], byRoot: [Int: [(level: Int, cluster: Int)]] = [:]
    for vertex in order where vertices[vertex].part != nil {
      let key = Key(root: root(vertex), level: levels[vertex])
      let cluster = found[key] ?? add(isPoly: true)
      if found.updateValue(cluster, forKey: key) == nil { byRoot[key.root, default: []].append((key.level, cluster)) }
      of[vertex] = cluster
      weights[cluster] += vertices[vertex].weight
    }
    for sooner in byRoot.values.map({ $0.sorted { $0.level < $1.level } }) {
      for (a, b) in zip(sooner, sooner.dropFirst()) { edges.append((a.cluster, b.cluster)) }
    }
  }

  /// A vertex that feeds a single branch joins it, until that is heavy enough.
  private mutating func joinBranches(
    _ order: [Int], _ targets: [[Int]], _ vertices: [Partition.Vertex], most: Int
  ) {
    for vertex in order.reversed() where vertices[vertex].part == nil {
      var fed = -1, feedsOne = !targets[vertex].isEmpty
      for target in targets[vertex] {
        feedsOne =
          feedsOne && !isPoly[of[target]] && (fed < 0 || fed == of[target])
          && levels[target] == levels[vertex]
        fed = of[target]
      }
      let joins = feedsOne && weights[fed] + vertices[vertex].weight <= most
      of[vertex] = joins ? fed : add(isPoly: false)
      weights[of[vertex]] += vertices[vertex].weight
    }
  }

  private mutating func add(isPoly: Bool) -> Int {
    weights.append(0)
    self.isPoly.append(isPoly)
    return weights.count - 1
  }

  /// The clusters in a renderable order, small independent ones together.
  func bundles(most: Int) -> [Bundle] {
    let shape = GraphShape(count: count, edges: edges), order = shape.order(priority: Array(0..<count))
    precondition(order.count == count, "clusters that need each other")
    var depths = Array(repeating: 0, count: count)
    for cluster in order {
      for next in shape.targets[shape.starts[cluster]..<shape.starts[cluster + 1]] {
        depths[next] = max(depths[next], depths[cluster] + 1)
      }
    }
    func rank(_ cluster: Int) -> (Int, Int, Int) { (depths[cluster], isPoly[cluster] ? 1 : 0, cluster) }
    var bundles: [Bundle] = []
    for cluster in order.sorted(by: { rank($0) < rank($1) }) {
      if let last = bundles.last, last.depth == depths[cluster], last.isPoly == isPoly[cluster],
        last.weight + weights[cluster] <= most
      {
        bundles[bundles.count - 1].clusters.append(cluster)
        bundles[bundles.count - 1].weight += weights[cluster]
      } else {
        bundles.append(
          Bundle(
            clusters: [cluster], weight: weights[cluster], depth: depths[cluster], isPoly: isPoly[cluster]))
      }
    }
    return bundles
  }
}
