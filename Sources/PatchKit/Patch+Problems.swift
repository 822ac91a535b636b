import ModuleKit

extension Patch {
  /// All errors of this patch, sorted by name; empty for a valid one.
  /// Cycles of several nodes are found by the router, which has to sort the nodes anyway.
  public func problems(in registry: Registry) -> [PatchError] {
    var found = ErrorList()
    found.attempt { () throws(PatchError) in try Patch.checkVoices(voices) }
    if nodes.count > Limits.nodes {
      found.add(PatchError(.limit, "\(nodes.count) nodes; a patch has at most \(Limits.nodes)"))
    }
    if cables.count > Limits.cables {
      found.add(PatchError(.limit, "\(cables.count) cables; a patch has at most \(Limits.cables)"))
    }
    for id in nodes.keys.sorted() where !found.isFull { check(id, in: registry, &found) }
    for cable in cables.keys.sorted() where !found.isFull { check(cable, in: registry, &found) }
    if controls.count > Limits.controls {
      found.add(PatchError(.limit, "\(controls.count) mapped parameters; a patch has at most \(Limits.controls)"))
    }
    for (parameter, control) in controls.sorted(by: { $0.key < $1.key }) where !found.isFull {
      // A node of unknown type has been reported already.
      if let node = nodes[parameter.node], registry[node.type] == nil { continue }
      found.attempt { () throws(PatchError) in try check(control, of: parameter, in: registry) }
    }
    found.attempt { () throws(PatchError) in try Patch.check(frames) }
    if macros.count > Limits.macros {
      found.add(PatchError(.limit, "\(macros.count) macros; a patch has at most \(Limits.macros)"))
    }
    for macro in macros where !found.isFull {
      found.attempt { () throws(PatchError) in try check(macro, in: registry) }
    }
    return found.errors
  }

  private func check(_ id: String, in registry: Registry, _ found: inout ErrorList) {
    found.attempt { () throws(PatchError) in try Patch.checkID(id) }
    var known: ModuleDescriptor?
    let hasType = found.attempt { () throws(PatchError) in known = try module(of: id, in: registry) }
    guard hasType, let params = nodes[id]?.params, !params.isEmpty else { return }
    for (name, value) in params.sorted(by: { $0.key < $1.key }) {
      found.attempt { () throws(PatchError) in
        guard let known else { return try Patch.checkPlaceholder(id, name, value) }
        _ = try known.param(name, of: id).number(from: value, at: "\(id)/\(name)")
      }
    }
  }

  private func check(_ cable: Cable, in registry: Registry, _ found: inout ErrorList) {
    for (port, end) in [(cable.source, CableEnd.source), (cable.destination, .destination)] {
      // A node of unknown type has been reported already.
      if let node = nodes[port.node], registry[node.type] == nil { continue }
      found.attempt { () throws(PatchError) in try check(port, end, in: registry) }
    }
    if let node = nodes[cable.source.node], registry[node.type] != nil {
      found.attempt { () throws(PatchError) in try checkLoop(cable, in: registry) }
    }
    found.attempt { () throws(PatchError) in try Patch.checkAmount(cables[cable]!, of: cable) }
  }
}
