extension Patch {
  /// The patch with a position for every node without one: columns from the sources to the outputs, ordered by id.
  public func placed() -> Patch {
    let columns = columns()
    var rows: [Int: Int] = [:], patch = self
    for id in nodes.keys.sorted() where nodes[id]!.position == nil {
      let column = columns[id, default: 0], row = rows[column, default: 0]
      rows[column] = row + 1
      patch.nodes[id]!.position = NodePosition(Float(column) * 220, Float(row) * 120)
    }
    return patch
  }

  /// The column of each node: one more than the greatest of its sources; cables that close a cycle are ignored.
  private func columns() -> [String: Int] {
    var inputs: [String: [String]] = [:]
    for cable in cables.keys.sorted() { inputs[cable.destination.node, default: []].append(cable.source.node) }
    var columns: [String: Int] = [:], isOpen: Set<String> = []
    // An explicit stack: a chain may be as long as the patch.
    for start in nodes.keys.sorted() where columns[start] == nil {
      var stack = [(id: start, next: 0, column: 0)]
      isOpen.insert(start)
      while var top = stack.popLast() {
        let sources = inputs[top.id] ?? []
        guard top.next < sources.count else {
          columns[top.id] = top.column
          isOpen.remove(top.id)
          if let below = stack.indices.last { stack[below].column = max(stack[below].column, top.column + 1) }
          continue
        }
        let source = sources[top.next]
        top.next += 1
        if let column = columns[source] { top.column = max(top.column, column + 1) }
        stack.append(top)
        if columns[source] == nil, isOpen.insert(source).inserted { stack.append((source, 0, 0)) }
      }
    }
    return columns
  }
}
