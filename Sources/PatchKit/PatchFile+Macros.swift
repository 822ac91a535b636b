import ModuleKit

/// Macros and frames as text: in a patch file, and in an edit.
extension PatchFile {
  /// The key of the macro values in a snapshot; no id begins with `/`.
  static let snapshotMacros = "/macros"

  /// The list `macros` of a patch file, in one line.
  public static func json(of macros: [Macro]) -> String { "[" + macros.map(line(of:)).joined(separator: ", ") + "]" }
  /// The list `frames` of a patch file, in one line.
  public static func json(of frames: [Frame]) -> String { "[" + frames.map(line(of:)).joined(separator: ", ") + "]" }

  /// Reads the list `macros` of a patch file.
  ///
  /// - Parameter patch: the patch that has the target parameters; nil: targets are not checked.
  /// - Throws: the errors of a patch file.
  public static func macros(
    from json: String, for patch: Patch?, in registry: Registry
  ) throws(PatchErrors) -> [Macro] {
    try list(json, "macros", patch, registry) { $0.readMacros($1) }.macros
  }

  /// Reads the list `frames` of a patch file.
  public static func frames(from json: String) throws(PatchErrors) -> [Frame] {
    try list(json, "frames", Patch(), nil) { $0.readFrames($1) }.frames
  }

  private static func list(
    _ json: String, _ key: String, _ patch: Patch?, _ registry: Registry?,
    _ read: (inout PatchReader, FileMember) -> Void
  ) throws(PatchErrors) -> Patch {
    let bytes = Array(json.utf8)
    guard bytes.count <= Patch.Limits.fileBytes else { throw PatchErrors([PatchError(.limit, "the text is too long")]) }
    let (value, syntax, isStopped) = FileParser.parse(bytes)
    var reader = PatchReader(
      registry: registry ?? Registry(), allowMissing: true, folder: nil, root: nil, errors: syntax, bytes: bytes)
    reader.checksTargets = patch != nil
    reader.patch.nodes = patch?.nodes ?? [:]
    if !isStopped { read(&reader, FileMember(key: key, keyOffset: 0, value: value)) }
    if reader.errors.isEmpty { return reader.patch }
    throw PatchErrors(reader.errors.located(in: bytes, file: nil))
  }

  static func line(of macro: Macro) -> String {
    var text = "{ \"name\": \(JSONString.quoted(macro.name))"
    if !macro.label.isEmpty { text += ", \"label\": \(JSONString.quoted(macro.label))" }
    text += ", \"value\": \(macro.value.shortText)"
    let targets = macro.targets.map(line(of:)).joined(separator: ", ")
    return text + ", \"targets\": [\(targets.isEmpty ? "" : " \(targets) ")]" + fields(of: macro.extras) + " }"
  }

  private static func line(of target: MacroTarget) -> String {
    var text = "{ \"param\": \(JSONString.quoted(target.param.description))"
    if let from = target.from { text += ", \"from\": \(from.shortText)" }
    if let to = target.to { text += ", \"to\": \(to.shortText)" }
    if !target.points.isEmpty {
      let points = target.points.map { "[\($0.position.shortText), \($0.value.shortText)]" }
      text += ", \"points\": [\(points.joined(separator: ", "))]"
    }
    return text + " }"
  }

  static func line(of frame: Frame) -> String {
    let rect = frame.rect.map(\.shortText).joined(separator: ", ")
    let collapsed = frame.isCollapsed ? ", \"collapsed\": true" : ""
    return
      "{ \"label\": \(JSONString.quoted(frame.label)), \"rect\": [\(rect)]\(collapsed)\(fields(of: frame.extras)) }"
  }

  static func macroValues(of snapshot: Snapshot) -> String {
    let values = snapshot.macros.sorted { $0.key < $1.key }.map { "\(JSONString.quoted($0)): \($1.shortText)" }
    return "\"\(snapshotMacros)\": { \(values.joined(separator: ", ")) }"
  }

  /// The foreign keys of an object, for its end.
  static func fields(of extras: [String: String]) -> String {
    extras.sorted { $0.key < $1.key }.map { ", \(JSONString.quoted($0.key)): \($0.value)" }.joined()
  }
}
