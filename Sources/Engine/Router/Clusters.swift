// [control] Vertices that are rendered together.

/// Groups of vertices that need not be torn apart: the voices that are added to the same sums, and branches of one
/// voice.
struct Grouping {
  /// Grouping that one thread renders one after the other.
  struct Bundle {
    var clusters: [Int]
    var weight: Int
    /// How many bundles, at most, must be done one after the other before it.
    var depth: Int
    var isPoly: Bool
  }

  /// Of each vertex.
  private(set) var of: [Int]
  private(set) var weights: [Int] = []
  private(set) var edges: [(from: Int, to: Int)] = []
  var count: Int { weights.count }
  private var isPoly: [Bool] = []
  /// How often voices have been summed on the way to each vertex.
  private var levels: [Int]

  /// - Parameter most: the weight that a branch may have.
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

  /// Voices that hang together stay together, of each part of the sums those that are summed equally often.
  ///
  /// A part that is sooner comes before one that is later, also where nothing goes from one to the other: they may
  /// leave word with the same notes.
  private mutating func joinVoices(_ order: [Int], _ targets: [[Int]], _ vertices: [Partition.Vertex]) {
    var parents = Array(vertices.indices)
    func root(_ vertex: Int) -> Int {
      var vertex = vertex
      while parents[vertex] != vertex { vertex = parents[vertex] }
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

  /// A vertex that feeds one branch alone becomes part of it, until that is heavy enough.
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

  /// The clusters in an order in which they can be rendered, small ones that do not need each other together.
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
