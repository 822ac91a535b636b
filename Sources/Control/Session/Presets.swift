import Glibc
import ModuleKit
import PatchKit

/// Where presets are kept: `FOLDER/MODULE/NAME.json`, those of whole patches in `FOLDER/patches`.
enum Presets {
  /// In place of an id: every node.
  static let wholePatch = "*"
  static let patchFolder = "patches"
  private static let ending = ".json"

  static func names(in folder: String) -> [String] {
    (Folder.names(in: folder) ?? []).filter { $0.hasSuffix(ending) && !$0.hasPrefix(".") }
      .map { String($0.dropLast(ending.count)) }.sorted()
  }

  static func path(_ name: String, in folder: String) throws(PatchError) -> String {
    guard Name.isLegal(name) else { throw PatchError(.badName, "\(name) is neither a path nor a name: \(Name.rule)") }
    return folder + "/" + name + ending
  }

  static func make(_ folder: String) {
    var path = ""
    for part in folder.split(separator: "/") {
      path += "/" + part
      mkdir(path, 0o777)
    }
  }
}

extension Session {
  /// The presets of that node's module.
  func presetFolder(of id: String) throws(PatchError) -> String {
    guard let presetFolder else { throw PatchError(.unreadable, "presets have no folder here: give a path") }
    if id == Presets.wholePatch { return presetFolder + "/" + Presets.patchFolder }
    return presetFolder + "/" + (try draft.patch.node(id).type)
  }

  /// A path of the user's, where it holds a `/`, or a name among the presets.
  private func presetPath(_ id: String, _ name: String, isRead: Bool) throws(PatchError) -> String {
    if name.contains("/") { return isRead ? try path(reading: name) : try path(writing: name) }
    return try Presets.path(name, in: try presetFolder(of: id))
  }

  /// - Returns: the path that was written.
  func savePreset(_ id: String, _ name: String, overwrite: Bool) throws(PatchError) -> String {
    var preset = Patch()
    if id == Presets.wholePatch {
      preset.nodes = Snapshot(draft.patch, in: registry).nodes
    } else {
      let node = try draft.patch.node(id)
      preset.nodes[node.type] = node
    }
    let path = try presetPath(id, name, isRead: false)
    if !name.contains("/") { Presets.make(try presetFolder(of: id)) }
    // Only this program writes to the folder of presets.
    if name.contains("/") { try checkReplacing(path, overwrite: overwrite) }
    try PatchFile.write(preset, to: path, in: registry)
    didUse(path, asPatch: false)
    return path
  }

  /// - Returns: how many knobs were turned.
  func loadPreset(
    _ id: String, _ name: String, seconds: Double, at frame: Int?, by client: Int
  ) throws(PatchError) -> Int {
    if id != Presets.wholePatch { _ = try draft.patch.node(id) }
    let path = try presetPath(id, name, isRead: true)
    let preset: Patch
    do throws(PatchErrors) {
      preset = try PatchFile.read(path: path, in: registry, allowMissing: true)
    } catch {
      let known = name.contains("/") ? [] : Presets.names(in: try presetFolder(of: id))
      var first = error.asOne
      first.suggestions = Nearest.names(to: name, among: known)
      throw first
    }
    didUse(path, asPatch: false)
    if id == Presets.wholePatch {
      return try recall(Snapshot(nodes: preset.nodes), seconds: seconds, at: frame, by: client)
    }
    let type = try draft.patch.node(id).type
    let fitting = preset.nodes.filter { $0.value.type == type }.sorted { $0.key < $1.key }
    guard let node = fitting.first?.value else {
      throw PatchError(.noSuchType, "the preset is not of \(type)", at: Place(file: path))
    }
    return try recall(Snapshot(nodes: [id: node]), seconds: seconds, at: frame, by: client)
  }
}
