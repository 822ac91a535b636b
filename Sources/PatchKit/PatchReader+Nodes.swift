import ModuleKit

/// Nodes, and the snapshots of their parameters.
extension PatchReader {
  /// The keys of a node.
  private static let nodeKeys = ["type", "params", "at", "label"], snapshotKeys = ["type", "params"]

  mutating func readNodes(_ member: FileMember) {
    lacksNodes = member.value.isDamaged || member.value.isBroken
    guard let members = object(member.value, "the list of nodes", "nodes") else {
      lacksNodes = true
      return
    }
    guard members.count <= Patch.Limits.nodes + (isSnapshot ? 1 : 0) else {
      let message = "\(members.count) nodes; a patch has at most \(Patch.Limits.nodes)"
      errors.add(PatchError(.limit, message, at: Place(path: "nodes")), at: member.keyOffset)
      lacksNodes = true
      return
    }
    for member in members where !errors.isFull {
      if isSnapshot, member.key == PatchFile.snapshotMacros {
        if allowsFormatTwo(member) { readMacroValues(member) }
      } else {
        readNode(member)
      }
    }
  }

  private mutating func readNode(_ member: FileMember) {
    let id = member.key
    // It is a placeholder until its type is known, so that its cables are not reported as well.
    patch.nodes[id] = PatchNode(type: "", isPlaceholder: true)
    attempt(member.keyOffset) { (_) throws(PatchError) in try Patch.checkID(id) }
    guard let fields = object(member.value, "a node", id) else { return }
    let keys = isSnapshot ? Self.snapshotKeys : Self.nodeKeys
    var drawing = PatchNode(type: "")
    for field in fields {
      switch field.key {
      case "at" where !isSnapshot: if allowsFormatTwo(field) { drawing.position = position(field.value, of: id) }
      case "label" where !isSnapshot: if allowsFormatTwo(field) { drawing.label = label(field.value, id) ?? "" }
      case _ where keys.contains(field.key): break
      default:
        if !isSnapshot, let text = extra(field) {
          drawing.extras[field.key] = text
        } else {
          addUnknownKey(field, of: "a node", at: id, among: keys)
        }
      }
    }
    defer {
      patch.nodes[id]!.position = drawing.position
      patch.nodes[id]!.label = drawing.label
      patch.nodes[id]!.extras = drawing.extras
    }
    guard let typeField = fields.first(where: { $0.key == "type" }) else {
      if !member.value.isDamaged {
        errors.add(
          PatchError(.syntax, "a node names its module: \"type\": \"...\"", at: Place(path: id.placed)),
          at: member.value.offset)
      }
      return
    }
    guard let type = text(typeField.value, "the module", id) else { return }
    if registry.find(type) != nil {
      patch.nodes[id] = PatchNode(type: type)
    } else {
      patch.nodes[id] = PatchNode(type: type, isPlaceholder: true)
      let (registry, allowMissing) = (registry, allowMissing)
      attempt(typeField.value.offset) { (_) throws(PatchError) in
        if allowMissing, Name.isLegal(type) { return }
        _ = try registry.module(type, at: id)
      }
    }
    for field in fields where field.key == "params" { readParams(field.value, of: id) }
    if format == 1, let module = registry[type] { patch.nodes[id] = patch.nodes[id]!.readFromFormatOne(module) }
  }

  private mutating func readParams(_ value: FileValue, of id: String) {
    guard let members = object(value, "the parameters", id) else { return }
    for member in members where !errors.isFull {
      let path = "\(id)/\(member.key)".placed
      var offset = member.value.offset
      let param: ParamValue
      switch member.value.kind {
      case .number(let number): param = .number(number)
      case .string(let text): param = .text(text)
      case .bool(let bool): param = .bool(bool)
      case .broken: continue
      default:
        let message = "a parameter is a number, a text, true or false, not \(member.value.kindText)"
        errors.add(PatchError(.argumentType, message, at: Place(path: path)), at: offset)
        continue
      }
      // The place of a wrong name is that of the name.
      if let module = registry[patch.nodes[id]!.type], module.input(named: member.key) == nil {
        offset = member.keyOffset
      }
      let registry = registry
      attempt(offset) { (patch) throws(PatchError) in try patch.setParam(id, member.key, param, in: registry) }
    }
  }

  /// Each snapshot is a list of nodes, by the rules of nodes.
  mutating func readSnapshots(_ member: FileMember) {
    guard let members = object(member.value, "the list of snapshots", "snapshots") else { return }
    guard members.count <= Patch.Limits.snapshots else {
      let message = "\(members.count) snapshots; a patch has at most \(Patch.Limits.snapshots)"
      return errors.add(PatchError(.limit, message, at: Place(path: "snapshots")), at: member.keyOffset)
    }
    for member in members where !errors.isFull {
      let name = member.key
      attempt(member.keyOffset) { (_) throws(PatchError) in try Patch.checkSnapshotName(name) }
      var reader = PatchReader(
        registry: registry, allowMissing: allowMissing, folder: folder, root: root, errors: errors, bytes: bytes)
      (reader.isSnapshot, reader.format) = (true, format)
      reader.readNodes(member)
      errors = reader.errors
      patch.snapshots[name] = Snapshot(nodes: reader.patch.nodes, macros: reader.snapshotMacros)
    }
  }
}
