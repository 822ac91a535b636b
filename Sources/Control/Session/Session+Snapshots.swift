import ModuleKit
import PatchKit

extension Session {
  func snapshot(_ name: String) throws(PatchError) -> Snapshot {
    if let snapshot = draft.patch.snapshots[name] { return snapshot }
    throw PatchError(
      .noSuchSnapshot, "there is no snapshot \(name)",
      suggestions: Nearest.names(to: name, among: draft.patch.snapshots.keys.sorted()))
  }

  /// Keeps where every knob of the draft stands, in the draft and in what sounds: no commit is needed, and none that
  /// is undone takes it away.
  func keepSnapshot(_ name: String, by client: Int) throws(PatchError) {
    store.setSnapshot(name, to: try draft.patch.newSnapshot(name, in: registry), by: client)
  }

  func forgetSnapshot(_ name: String, by client: Int) throws(PatchError) {
    _ = try snapshot(name)
    store.setSnapshot(name, to: nil, by: client)
  }

  /// Turns every knob that stands elsewhere; all of them or, where that cannot be, none. Nodes that are not there, or
  /// are of another module, are left out.
  ///
  /// - Returns: how many knobs were turned.
  func recall(_ snapshot: Snapshot, seconds: Double, at frame: Int?, by client: Int) throws(PatchError) -> Int {
    var turns: [(id: String, param: String, value: ParamValue)] = []
    for (id, kept) in snapshot.nodes.sorted(by: { $0.key < $1.key }) {
      guard let node = draft.patch.nodes[id] ?? committed.patch.nodes[id], node.type == kept.type,
        let module = registry[kept.type]
      else { continue }
      for spec in module.inputs where spec.hasKnob && !spec.isFile {
        let value = kept.value(of: spec)
        if value != node.value(of: spec) { turns.append((id, spec.name, spec.value(of: value))) }
      }
    }
    guard turns.count <= plans.eventRoom else {
      throw PatchError(.busy, "\(turns.count) knobs at once are too many while others are on their way")
    }
    for turn in turns {
      let value = try setKnob(turn.id, turn.param, turn.value, over: seconds, at: frame, by: client)
      notifyParam(turn.id, turn.param, value, over: seconds, except: nil)
    }
    return turns.count
  }
}
