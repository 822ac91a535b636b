import ModuleKit

/// Parameters whose defaults differ between the formats of the patch file.
///
/// A file of format 1 keeps its meaning: what it does not set is set to the default of format 1 as it is read, and left
/// out again as it is written. A patch that relies on a default of format 2 is written in format 2.
extension PatchNode {
  /// The inputs whose unset value means something else in format 1.
  private func changedInputs(of module: ModuleDescriptor) -> [ParamSpec] {
    guard module.inputs.contains(where: { $0.formatOneDefault != nil }) else { return [] }
    return module.inputs.filter { spec in
      guard spec.formatOneDefault != nil else { return false }
      // Which sequence voices have matters for random nodes alone.
      return !spec.decidesWidth
        || module.isRandom { module.inputs[$0].name == spec.name ? spec.defaultValue : value(of: module.inputs[$0]) }
    }
  }

  /// The node with the defaults of format 1 as values of its own.
  func readFromFormatOne(_ module: ModuleDescriptor) -> PatchNode {
    var node = self
    for spec in changedInputs(of: module) where node.params[spec.name] == nil {
      node.params[spec.name] = spec.value(of: spec.formatOneDefault!)
    }
    return node
  }

  /// The node without the values that are defaults of format 1.
  func writtenInFormatOne(_ module: ModuleDescriptor) -> PatchNode {
    var node = self
    for spec in changedInputs(of: module) where node.value(of: spec) == spec.formatOneDefault! {
      node.params[spec.name] = nil
    }
    return node
  }

  /// True if it relies on a default that format 1 does not have.
  func needsFormatTwo(_ module: ModuleDescriptor) -> Bool {
    changedInputs(of: module).contains { params[$0.name] == nil }
  }
}

extension Patch {
  /// True if the patch has anything that format 1 lacks.
  func needsFormatTwo(in registry: Registry) -> Bool {
    let hasNewDefaults = { (nodes: [String: PatchNode]) in
      nodes.values.contains { node in registry[node.type].map { node.needsFormatTwo($0) } == true }
    }
    return hasKeysOfFormatTwo || compensatesLatency && hasLatency(in: registry) || hasNewDefaults(nodes)
      || snapshots.values.contains { hasNewDefaults($0.nodes) }
  }

  /// The patch without the values that are defaults of format 1.
  func writtenInFormatOne(in registry: Registry) -> Patch {
    var patch = self
    func written(_ node: PatchNode) -> PatchNode { registry[node.type].map { node.writtenInFormatOne($0) } ?? node }
    patch.nodes = nodes.mapValues(written)
    for (name, snapshot) in snapshots { patch.snapshots[name]!.nodes = snapshot.nodes.mapValues(written) }
    return patch
  }
}
