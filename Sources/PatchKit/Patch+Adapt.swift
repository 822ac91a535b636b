import ModuleKit

extension Patch {
  /// Removes parameters and cables that a newer build of a module does not have or allow.
  ///
  /// - Returns: a line for each thing that was removed.
  public mutating func adapt(to module: ModuleDescriptor) -> [String] {
    var lost: [String] = []
    for id in nodes.keys.sorted() where nodes[id]!.type == module.name {
      for (name, value) in nodes[id]!.params.sorted(by: { $0.key < $1.key }) {
        let isLegal = (try? module.param(name, of: id).number(from: value, at: id)) != nil
        if isLegal { continue }
        nodes[id]!.params[name] = nil
        lost.append("\(id)/\(name): \(value)")
      }
      for cable in cables.keys.sorted() {
        let isFrom = cable.source.node == id && module.output(named: cable.source.port) == nil
        let isTo =
          cable.destination.node == id
          && module.input(named: cable.destination.port).map { module.inputs[$0].isPatchable } != true
        if isFrom || isTo {
          cables[cable] = nil
          lost.append(cable.description)
        }
      }
    }
    return lost
  }
}
