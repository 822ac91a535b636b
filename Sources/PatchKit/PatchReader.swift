import ModuleKit

/// Builds a patch from the values of a file by the rules of the edits, and collects the errors.
struct PatchReader {
  let registry: Registry
  let allowMissing: Bool
  /// The base of relative paths in the file; nil: the working directory.
  let folder: String?
  /// The directory that confines files named in it; nil: anywhere.
  let root: FileRoot?
  var errors: FileErrors
  var patch = Patch()
  /// True if nodes were lost to syntax errors; cables to unknown nodes are then no errors.
  var lacksNodes = false
  /// The format of the file.
  var format = PatchFile.version
  /// True while the nodes of a snapshot are read, which have neither place nor label.
  var isSnapshot = false
  var snapshotMacros: [String: Float] = [:]
  /// True if macros may drive existing parameters only.
  var checksTargets = true
  /// The text, for the keys of others.
  let bytes: [UInt8]

  init(
    registry: Registry, allowMissing: Bool, folder: String?, root: FileRoot?, errors: FileErrors, bytes: [UInt8]
  ) {
    self.bytes = bytes
    self.registry = registry
    self.allowMissing = allowMissing
    self.folder = folder
    self.root = root
    self.errors = errors
  }

  /// The keys of the file.
  private static let keys = [
    "weft", "name", "about", "voices", "tuning", "nodes", "cables", "midi", "snapshots", "macros", "frames",
    "compensation",
  ]

  mutating func read(_ root: FileValue) {
    guard let members = object(root, "a patch") else { return }
    guard checkVersion(members, root) else { return }
    // Nodes come before their cables, whatever the order of the file.
    for member in members where !["cables", "midi", "macros"].contains(member.key) {
      switch member.key {
      case "weft": break
      case "name": if let text = text(member.value, "the name") { patch.name = text }
      case "about": if let text = text(member.value, "the text about the patch") { patch.about = text }
      case "voices": readVoices(member.value)
      case "tuning": readTuning(member.value)
      case "nodes": readNodes(member)
      case "snapshots": readSnapshots(member)
      case "frames": if allowsFormatTwo(member) { readFrames(member) }
      case "compensation":
        if allowsFormatTwo(member) {
          if case .bool(let isOn) = member.value.kind {
            patch.compensatesLatency = isOn
          } else {
            addKind(member.value, "the compensation of latency is true or false", "compensation")
          }
        }
      default:
        if let text = extra(member) {
          patch.extras[member.key] = text
        } else {
          addUnknownKey(member, of: "a patch", among: Self.keys)
        }
      }
    }
    for member in members where member.key == "cables" { readCables(member) }
    for member in members where member.key == "macros" && allowsFormatTwo(member) { readMacros(member) }
    for member in members where member.key == "midi" { readControls(member) }
    if format == 1, patch.hasLatency(in: registry) { patch.compensatesLatency = false }
  }

  private mutating func checkVersion(_ members: [FileMember], _ root: FileValue) -> Bool {
    let place = Place(path: "weft")
    guard let value = members.first(where: { $0.key == "weft" })?.value else {
      let error = PatchError(.syntax, "a patch begins with its format: \"weft\": 1")
      errors.add(error, at: root.offset)
      return true
    }
    guard let number = number(value, "the format of the file", place.path) else { return true }
    format = number == 1 ? 1 : PatchFile.version
    if number == 1 || number == Float(PatchFile.version) { return true }
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
    attempt(value.offset) { (patch) throws(PatchError) in
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
    attempt(value.offset) { (patch) throws(PatchError) in
      do throws(PatchError) {
        patch.tuning = try Tuning(scale: scale, keyboard: files[Tuning.fileKeys[1]], in: folder, root: root)
      } catch {
        // An error inside the file has its place there; a missing file is an error of this value.
        guard error.place.line == nil else { throw error }
        throw PatchError(
          error.code, "\(error.place.file ?? scale): \(error.message)", at: Place(path: "tuning"))
      }
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
    attempt(item.offset) { (patch) throws(PatchError) in
      try patch.checkLoop(cable, in: registry)
      guard patch.cables.updateValue(amount, forKey: cable) == nil else {
        throw PatchError(.duplicate, "duplicate cable", at: Place(path: cable.description))
      }
    }
  }

  private mutating func port(_ text: String, _ end: CableEnd, _ offset: Int) -> PortAddress? {
    do {
      return try patch.port(text, end, in: registry, format: format)
    } catch {
      if error.code == .noSuchType || lacksNodes && error.code == .noSuchNode { return nil }
      errors.add(error, at: offset)
      return nil
    }
  }
}
