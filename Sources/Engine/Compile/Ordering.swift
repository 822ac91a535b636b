// [control] Topological order and cycles of a graph, by numbers only.

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
