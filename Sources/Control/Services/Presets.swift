import Glibc
import ModuleKit
import PatchKit

/// Parameters stored under names: snapshots in the patch, presets in files.
///
/// Presets are in `FOLDER/MODULE/NAME.json`, those of whole patches in `FOLDER/patches`.
public final class Presets {
  /// The id of all nodes.
  static let wholePatch = "*"
  private static let patchFolder = "patches"
  private static let ending = ".json"

  /// The folder of presets; nil: presets are named by paths only.
  public var folder: String?
  private unowned let session: Session

  init(_ session: Session) { self.session = session }

  // MARK: Snapshots

  func snapshot(_ name: String) throws(PatchError) -> Snapshot {
    let snapshots = session.draft.patch.snapshots
    if let snapshot = snapshots[name] { return snapshot }
    throw PatchError(
      .noSuchSnapshot, "there is no snapshot \(name)",
      suggestions: Nearest.names(to: name, among: snapshots.keys.sorted()))
  }

  /// Stores the draft's parameters as a snapshot, in the draft and the committed patch: no commit is needed, and undo
  /// does not remove the snapshot.
  func storeSnapshot(_ name: String, by client: Int) throws(PatchError) {
    session.store.setSnapshot(
      name, to: try session.draft.patch.newSnapshot(name, in: session.registry), by: client)
  }

  func removeSnapshot(_ name: String, by client: Int) throws(PatchError) {
    _ = try snapshot(name)
    session.store.setSnapshot(name, to: nil, by: client)
  }

  /// Sets every parameter that differs; all of them, or none on an error. Nodes that are missing or of another module
  /// are skipped.
  ///
  /// - Returns: the number of parameters that were set.
  func recall(_ snapshot: Snapshot, seconds: Double, at frame: Int?, by client: Int) throws(PatchError) -> Int {
    var changes: [(id: String, param: String, value: ParamValue)] = []
    for (id, kept) in snapshot.nodes.sorted(by: { $0.key < $1.key }) {
      guard let node = session.draft.patch.nodes[id] ?? session.committed.patch.nodes[id], node.type == kept.type,
        let module = session.registry[kept.type]
      else { continue }
      for spec in module.inputs where spec.isParameter && !spec.isFile {
        let value = kept.value(of: spec)
        if value != node.value(of: spec) { changes.append((id, spec.name, spec.value(of: value))) }
      }
    }
    guard changes.count <= session.plans.eventRoom else {
      throw PatchError(.busy, "\(changes.count) parameters at once are too many while earlier ones are queued")
    }
    for change in changes {
      let value = try session.parameters.set(
        change.id, change.param, change.value, over: seconds, at: frame, by: client)
      session.parameters.notify(change.id, change.param, value, over: seconds, except: nil)
    }
    session.macros.recall(snapshot.macros, seconds: seconds, by: client)
    return changes.count
  }

  // MARK: Presets

  /// The names of the presets for a node's module.
  func names(for id: String) throws(PatchError) -> [String] { Presets.names(in: try folder(for: id)) }

  private static func names(in folder: String) -> [String] {
    (Folder.names(in: folder) ?? []).filter { $0.hasSuffix(ending) && !$0.hasPrefix(".") }
      .map { String($0.dropLast(ending.count)) }.sorted()
  }

  private func folder(for id: String) throws(PatchError) -> String {
    guard let folder else { throw PatchError(.unreadable, "presets have no folder here: give a path") }
    if id == Presets.wholePatch { return folder + "/" + Presets.patchFolder }
    return folder + "/" + (try session.draft.patch.node(id).type)
  }

  /// The path of a name: the name itself if it contains a `/`, else a file in the preset folder.
  private func path(_ id: String, _ name: String, isRead: Bool) throws(PatchError) -> String {
    if name.contains("/") {
      return isRead ? try session.files.path(reading: name) : try session.files.path(writing: name)
    }
    let folder = try folder(for: id)
    guard Name.isLegal(name) else { throw PatchError(.badName, "\(name) is neither a path nor a name: \(Name.rule)") }
    return folder + "/" + name + Presets.ending
  }

  /// Writes a preset: the id and the name are arguments of the call.
  func save(_ call: Call, overwrite: Bool) throws(PatchError) -> Outcome {
    let id = call.text(0), name = call.text(1), draft = session.draft.patch
    var preset = Patch()
    if id == Presets.wholePatch {
      preset.nodes = Snapshot(draft, in: session.registry).nodes
    } else {
      let node = try draft.node(id)
      preset.nodes[node.type] = node
    }
    let path = try path(id, name, isRead: false)
    // Only this program writes to the preset folder.
    let replaces = name.contains("/") ? try session.files.checkReplacing(path, overwrite: overwrite) : true
    if !name.contains("/") { Presets.makeFolder(try folder(for: id)) }
    return try session.write(
      preset, to: path, commentsOf: path, replaces: replaces, call, [.string(id), .string(path)])
  }

  private static func makeFolder(_ folder: String) {
    var path = ""
    for part in folder.split(separator: "/") {
      path += "/" + part
      mkdir(path, 0o777)
    }
  }

  /// - Returns: the number of parameters that were set.
  func load(_ id: String, _ name: String, seconds: Double, at frame: Int?, by client: Int) throws(PatchError) -> Int {
    if id != Presets.wholePatch { _ = try session.draft.patch.node(id) }
    let path = try path(id, name, isRead: true)
    let preset: Patch
    do throws(PatchErrors) {
      preset = try PatchFile.read(path: path, in: session.registry, allowMissing: true)
    } catch {
      let known = name.contains("/") ? [] : try names(for: id)
      var first = error.asOne
      first.suggestions = Nearest.names(to: name, among: known)
      throw first
    }
    session.files.didUse(path)
    if id == Presets.wholePatch {
      return try recall(Snapshot(nodes: preset.nodes), seconds: seconds, at: frame, by: client)
    }
    let type = try session.draft.patch.node(id).type
    let fitting = preset.nodes.filter { $0.value.type == type }.sorted { $0.key < $1.key }
    guard let node = fitting.first?.value else {
      throw PatchError(.noSuchType, "the preset belongs to another module than \(type)", at: Place(file: path))
    }
    return try recall(Snapshot(nodes: [id: node]), seconds: seconds, at: frame, by: client)
  }
}
