extension Patch {
  /// More edits than this are sent as one `.replace`.
  public static let mostEdits = 256

  /// The edits that turn this patch into `other`, in an order in which each applies.
  ///
  /// - Parameter renames: nodes that have another id in `other`; a pair whose new id is taken is left to deletion and
  ///   creation.
  public func edits(to other: Patch, renames: [(from: String, to: String)] = []) -> [PatchEdit] {
    var edits: [PatchEdit] = [], base = self
    for (id, new) in renames where base.nodes[new] == nil && other.nodes[id] == nil {
      guard (try? base.apply(.rename(id, to: new))) != nil else { continue }
      edits.append(.rename(id, to: new))
    }
    if base.name != other.name { edits.append(.name(other.name)) }
    if base.about != other.about { edits.append(.about(other.about)) }
    if base.voices != other.voices { edits.append(.voices(other.voices)) }
    if base.tuning != other.tuning { edits.append(.tuning(other.tuning)) }
    if base.frames != other.frames { edits.append(.frames(other.frames)) }
    for (key, value) in PatchExtras.changes(from: base.extras, to: other.extras) {
      edits.append(.extra(node: nil, key: key, value: value))
    }
    base.addNodes(to: other, &edits)
    return edits.count > Patch.mostEdits ? [.replace(other)] : edits
  }

  private func addNodes(to other: Patch, _ edits: inout [PatchEdit]) {
    var removed: [String] = [], created: [String] = [], params: [PatchEdit] = [], drawn: [PatchEdit] = []
    // Dictionaries that share their memory, as they do where no edit touched them, are equal at once.
    if nodes != other.nodes {
      for (id, node) in nodes {
        guard let new = other.nodes[id] else {
          removed.append(id)
          continue
        }
        if node == new { continue }
        guard node.type == new.type, node.isPlaceholder == new.isPlaceholder else {
          removed.append(id)
          created.append(id)
          continue
        }
        drawn += node.drawing(as: new, id)
        for name in Set(node.params.keys).union(new.params.keys) where node.params[name] != new.params[name] {
          params.append(.param(PortAddress(id, name), new.params[name]))
        }
      }
      created += other.nodes.keys.filter { nodes[$0] == nil }
    }
    for id in created { drawn += PatchNode(type: "").drawing(as: other.nodes[id]!, id) }
    let gone = Set(removed)
    var cut: [Cable] = [], laid: [(Cable, Float)] = []
    if cables != other.cables || !gone.isEmpty {
      func isGone(_ cable: Cable) -> Bool { gone.contains(cable.source.node) || gone.contains(cable.destination.node) }
      cut = cables.keys.filter { other.cables[$0] == nil && !isGone($0) }
      laid = other.cables.filter { cables[$0.key] != $0.value || isGone($0.key) }.map { ($0.key, $0.value) }
    }
    var controls: [(PortAddress, MidiControl?)] = []
    if self.controls != other.controls || !gone.isEmpty {
      for port in self.controls.keys where other.controls[port] == nil && !gone.contains(port.node) {
        controls.append((port, nil))
      }
      for (port, control) in other.controls where self.controls[port] != control || gone.contains(port.node) {
        controls.append((port, control))
      }
    }
    edits += cut.sorted().map { .disconnect($0) }
    edits += removed.sorted().map { .delete($0) }
    edits += created.sorted().map { .create($0, other.nodes[$0]!.undrawn) }
    edits += params + drawn
    edits += laid.sorted { $0.0 < $1.0 }.map { .connect($0, amount: $1) }
    addMacros(to: other, &edits, isCut: !gone.isEmpty)
    edits += controls.sorted { $0.0 < $1.0 }.map { .control($0, $1) }
    if snapshots != other.snapshots {
      for name in Set(snapshots.keys).union(other.snapshots.keys).sorted()
      where snapshots[name] != other.snapshots[name] {
        edits.append(.snapshot(name, other.snapshots[name]))
      }
    }
  }

  /// - Parameter isCut: nodes were deleted, and the targets of the macros with them.
  private func addMacros(to other: Patch, _ edits: inout [PatchEdit], isCut: Bool) {
    if macros == other.macros && (!isCut || macros.isEmpty) { return }
    var moved = macros
    let values = other.macros.enumerated().filter { i, macro in
      guard i < moved.count, moved[i].value != macro.value else { return false }
      moved[i].value = macro.value
      return true
    }
    guard moved == other.macros, !isCut else { return edits.append(.macros(other.macros)) }
    edits += values.map { .macroValue($0.element.name, $0.element.value) }
  }
}

extension PatchNode {
  /// The edits of a node's place, label and keys of others.
  fileprivate func drawing(as other: PatchNode, _ id: String) -> [PatchEdit] {
    var edits: [PatchEdit] = []
    if position != other.position { edits.append(.place(id, other.position)) }
    if label != other.label { edits.append(.label(id, other.label)) }
    return edits
      + PatchExtras.changes(from: extras, to: other.extras).map { .extra(node: id, key: $0.key, value: $0.value) }
  }
}

/// The keys of others.
enum PatchExtras {
  /// The values that differ, nil for a key that is gone.
  static func changes(from old: [String: String], to new: [String: String]) -> [(key: String, value: String?)] {
    if old == new { return [] }
    return Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }.map { ($0, new[$0]) }
  }
}
