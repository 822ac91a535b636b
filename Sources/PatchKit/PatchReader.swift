import ModuleKit

/// Makes a patch of the values of a file, with the rules of the edits, and notes what breaks them.
struct PatchReader {
  let registry: Registry
  let allowMissing: Bool
  /// What paths in the file start from; nil: the working directory.
  let folder: String?
  /// The directory that files named in it must lie in; nil: anywhere.
  let root: FileRoot?
  var errors: FileErrors
  var patch = Patch()
  /// Whether nodes were lost to syntax errors, so that cables to them are no errors.
  var lacksNodes = false

  init(registry: Registry, allowMissing: Bool, folder: String?, root: FileRoot?, errors: FileErrors) {
    self.registry = registry
    self.allowMissing = allowMissing
    self.folder = folder
    self.root = root
    self.errors = errors
  }

  /// The keys of the file, of a node.
  private static let keys = ["weft", "name", "about", "voices", "tuning", "nodes", "cables", "midi", "snapshots"]
  private static let nodeKeys = ["type", "params"]

  mutating func read(_ root: FileValue) {
    guard let members = object(root, "a patch") else { return }
    guard checkVersion(members, root) else { return }
    // Nodes come before their cables, whatever the order of the file.
    for member in members where !["cables", "midi"].contains(member.key) {
      switch member.key {
      case "weft": break
      case "name": if let text = text(member.value, "the name") { patch.name = text }
      case "about": if let text = text(member.value, "the text about the patch") { patch.about = text }
      case "voices": readVoices(member.value)
      case "tuning": readTuning(member.value)
      case "nodes": readNodes(member)
      case "snapshots": readSnapshots(member)
      default: addUnknownKey(member, of: "a patch", among: Self.keys)
      }
    }
    for member in members where member.key == "cables" { readCables(member) }
    for member in members where member.key == "midi" { readControls(member) }
  }

  private mutating func checkVersion(_ members: [FileMember], _ root: FileValue) -> Bool {
    let place = Place(path: "weft")
    guard let value = members.first(where: { $0.key == "weft" })?.value else {
      let error = PatchError(.syntax, "a patch begins with its format: \"weft\": \(PatchFile.version)")
      errors.add(error, at: root.offset)
      return true
    }
    guard let number = number(value, "the format of the file", place.path) else { return true }
    if number == Float(PatchFile.version) { return true }
    let isNewer = number > Float(PatchFile.version)
    errors.add(
      PatchError(
        isNewer ? .newerVersion : .range,
        isNewer
          ? "the file has format \(number.shortText); this program reads up to \(PatchFile.version)"
          : "there is no format \(number.shortText); formats begin with 1", at: place), at: value.offset)
    return !isNewer
  }

  private mutating func readVoices(_ value: FileValue) {
    guard let number = number(value, "the number of voices", "voices") else { return }
    take(value.offset) { (patch) throws(PatchError) in
      guard let count = Int(exactly: number) else {
        throw PatchError(
          .range, "\(number.shortText) is not a whole number from 1 to \(Patch.Limits.voices)",
          at: Place(path: "voices"))
      }
      try patch.setVoices(count)
    }
  }

  private mutating func readTuning(_ value: FileValue) {
    guard let members = object(value, "the tuning", "tuning") else { return }
    var files: [String: String] = [:]
    for member in members {
      guard Tuning.fileKeys.contains(member.key) else {
        addUnknownKey(member, of: "a tuning", at: "tuning", among: Tuning.fileKeys)
        continue
      }
      guard let path = text(member.value, "the path of a file", "tuning") else { return }
      files[member.key] = path
    }
    guard let scale = files[Tuning.fileKeys[0]] else {
      if !value.isDamaged {
        let message = "a tuning names a Scala file: \"\(Tuning.fileKeys[0])\": \"...\""
        errors.add(PatchError(.syntax, message, at: Place(path: "tuning")), at: value.offset)
      }
      return
    }
    let (folder, root) = (folder, root)
    take(value.offset) { (patch) throws(PatchError) in
      do throws(PatchError) {
        patch.tuning = try Tuning(scale: scale, keyboard: files[Tuning.fileKeys[1]], in: folder, root: root)
      } catch {
        // What is wrong within a file stands there; a file that is not there is wrong here.
        guard error.place.line == nil else { throw error }
        throw PatchError(
          error.code, "\(error.place.file ?? scale): \(error.message)", at: Place(path: "tuning"))
      }
    }
  }

  // MARK: Nodes

  private mutating func readNodes(_ member: FileMember) {
    lacksNodes = member.value.isDamaged || member.value.isBroken
    guard let members = object(member.value, "the list of nodes", "nodes") else {
      lacksNodes = true
      return
    }
    guard members.count <= Patch.Limits.nodes else {
      let message = "\(members.count) nodes; a patch has at most \(Patch.Limits.nodes)"
      errors.add(PatchError(.limit, message, at: Place(path: "nodes")), at: member.keyOffset)
      lacksNodes = true
      return
    }
    for member in members where !errors.isFull { readNode(member) }
  }

  private mutating func readNode(_ member: FileMember) {
    let id = member.key
    // Until its type is known it is a placeholder, so that its cables are not reported as well.
    patch.nodes[id] = PatchNode(type: "", isPlaceholder: true)
    take(member.keyOffset) { (_) throws(PatchError) in try Patch.checkID(id) }
    guard let fields = object(member.value, "a node", id) else { return }
    for field in fields where !Self.nodeKeys.contains(field.key) {
      addUnknownKey(field, of: "a node", at: id, among: Self.nodeKeys)
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
      take(typeField.value.offset) { (_) throws(PatchError) in
        if allowMissing, Name.isLegal(type) { return }
        _ = try registry.module(type, at: id)
      }
    }
    for field in fields where field.key == "params" { readParams(field.value, of: id) }
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
      // A wrong name is pointed at where the name stands.
      if let module = registry[patch.nodes[id]!.type], module.input(named: member.key) == nil {
        offset = member.keyOffset
      }
      let registry = registry
      take(offset) { (patch) throws(PatchError) in try patch.setParam(id, member.key, param, in: registry) }
    }
  }

  // MARK: Snapshots

  /// Each is a list of nodes, by the rules of nodes.
  private mutating func readSnapshots(_ member: FileMember) {
    guard let members = object(member.value, "the list of snapshots", "snapshots") else { return }
    guard members.count <= Patch.Limits.snapshots else {
      let message = "\(members.count) snapshots; a patch has at most \(Patch.Limits.snapshots)"
      return errors.add(PatchError(.limit, message, at: Place(path: "snapshots")), at: member.keyOffset)
    }
    for member in members where !errors.isFull {
      let name = member.key
      take(member.keyOffset) { (_) throws(PatchError) in try Patch.checkSnapshotName(name) }
      var reader = PatchReader(
        registry: registry, allowMissing: allowMissing, folder: folder, root: root, errors: errors)
      reader.readNodes(member)
      errors = reader.errors
      patch.snapshots[name] = Snapshot(nodes: reader.patch.nodes)
    }
  }

  // MARK: Cables

  private mutating func readCables(_ member: FileMember) {
    guard case .array(let items) = member.value.kind else {
      return addKind(member.value, "the list of cables is a list", "cables")
    }
    guard items.count <= Patch.Limits.cables else {
      let message = "\(items.count) cables; a patch has at most \(Patch.Limits.cables)"
      return errors.add(PatchError(.limit, message, at: Place(path: "cables")), at: member.keyOffset)
    }
    for item in items where !errors.isFull { readCable(item) }
  }

  private mutating func readCable(_ item: FileValue) {
    guard case .array(let parts) = item.kind, (2...3).contains(parts.count) else {
      return addKind(
        item, "a cable is [\"source\", \"destination\"] or [\"source\", \"destination\", amount]", "cables")
    }
    let source = text(parts[0], "the source of a cable", "cables")
    let destination = text(parts[1], "the destination of a cable", "cables")
    let amount = parts.count == 3 ? number(parts[2], "the amount of a cable", "cables") : 1
    let from = source.flatMap { port($0, .source, parts[0].offset) }
    let to = destination.flatMap { port($0, .destination, parts[1].offset) }
    guard let from, let to, let amount else { return }
    let cable = Cable(from, to), registry = registry
    take(item.offset) { (patch) throws(PatchError) in
      try patch.checkLoop(cable, in: registry)
      guard patch.cables.updateValue(amount, forKey: cable) == nil else {
        throw PatchError(.duplicate, "this cable stands here twice", at: Place(path: cable.description))
      }
    }
  }

  private mutating func port(_ text: String, _ end: CableEnd, _ offset: Int) -> PortAddress? {
    do {
      return try patch.port(text, end, in: registry)
    } catch {
      if error.code == .noSuchType || lacksNodes && error.code == .noSuchNode { return nil }
      errors.add(error, at: offset)
      return nil
    }
  }
}
