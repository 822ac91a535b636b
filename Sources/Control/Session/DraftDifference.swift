import PatchKit

/// The entries that differ between two dictionaries.
struct Difference<Key: Hashable, Value: Equatable> {
  var before: [Key: Value] = [:]
  var after: [Key: Value] = [:]

  init(from old: [Key: Value], to new: [Key: Value]) {
    // Fast if both still share their storage, which is so unless an edit has changed one.
    if old == new { return }
    for (key, value) in old where new[key] != value {
      before[key] = value
      after[key] = new[key]
    }
    for (key, value) in new where old[key] == nil { after[key] = value }
  }

  var isEmpty: Bool { before.isEmpty && after.isEmpty }

  func apply(to dictionary: inout [Key: Value]) {
    for key in before.keys where after[key] == nil { dictionary[key] = nil }
    for (key, value) in after { dictionary[key] = value }
  }

  var reversed: Difference {
    var other = self
    swap(&other.before, &other.after)
    return other
  }
}

/// The difference between two drafts; its size depends on the edit, not on the patch.
struct DraftDifference {
  private struct Head: Equatable {
    var name: String, about: String, voices: Int, tuning: Tuning?
    var macros: [Macro], frames: [Frame], extras: [String: String]
    init(_ patch: Patch) {
      (name, about, voices, tuning) = (patch.name, patch.about, patch.voices, patch.tuning)
      (macros, frames, extras) = (patch.macros, patch.frames, patch.extras)
    }
    func apply(to patch: inout Patch) {
      (patch.name, patch.about, patch.voices, patch.tuning) = (name, about, voices, tuning)
      (patch.macros, patch.frames, patch.extras) = (macros, frames, extras)
    }
    var byteEstimate: Int {
      macros.reduce(0) { $0 + 160 + 96 * $1.targets.count } + 120 * frames.count
        + extras.reduce(0) { $0 + 64 + $1.value.heapBytes }
    }
  }
  private var head: (before: Head, after: Head)
  private var nodes: Difference<String, PatchNode>
  private var cables: Difference<Cable, Float>
  private var controls: Difference<PortAddress, MidiControl>
  private var serials: Difference<String, Int>
  private var snapshots: Difference<String, Snapshot>
  /// The files of the patches: they differ after a load, and are no change by themselves.
  private var file: (before: String?, after: String?)

  init(from old: Draft, to new: Draft) {
    head = (Head(old.patch), Head(new.patch))
    nodes = Difference(from: old.patch.nodes, to: new.patch.nodes)
    cables = Difference(from: old.patch.cables, to: new.patch.cables)
    controls = Difference(from: old.patch.controls, to: new.patch.controls)
    serials = Difference(from: old.serials, to: new.serials)
    snapshots = Difference(from: old.patch.snapshots, to: new.patch.snapshots)
    file = (old.file, new.file)
  }

  var isEmpty: Bool {
    head.before == head.after && nodes.isEmpty && cables.isEmpty && controls.isEmpty && serials.isEmpty
      && snapshots.isEmpty
  }

  func apply(to draft: inout Draft) {
    head.after.apply(to: &draft.patch)
    nodes.apply(to: &draft.patch.nodes)
    cables.apply(to: &draft.patch.cables)
    controls.apply(to: &draft.patch.controls)
    serials.apply(to: &draft.serials)
    snapshots.apply(to: &draft.patch.snapshots)
    if file.before != file.after { draft.file = file.after }
  }

  var reversed: DraftDifference {
    var other = self
    swap(&other.head.before, &other.head.after)
    swap(&other.file.before, &other.file.after)
    (other.nodes, other.cables) = (nodes.reversed, cables.reversed)
    (other.controls, other.serials) = (controls.reversed, serials.reversed)
    other.snapshots = snapshots.reversed
    return other
  }

  /// Estimated size in bytes.
  var byteEstimate: Int {
    let nodeBytes = [nodes.before, nodes.after].reduce(0) { sum, nodes in
      nodes.reduce(sum) { $0 + $1.key.heapBytes + $1.value.byteEstimate }
    }
    let cableBytes = [cables.before, cables.after].reduce(0) { $1.keys.reduce($0) { $0 + $1.byteEstimate } }
    let snapshotBytes = [snapshots.before, snapshots.after].reduce(0) { $1.values.reduce($0) { $0 + $1.byteEstimate } }
    return 256 + head.before.byteEstimate + head.after.byteEstimate + nodeBytes + cableBytes + snapshotBytes + 120
      * (controls.before.count + controls.after.count)
      + 40 * (serials.before.count + serials.after.count)
  }

  /// The changes in one line, short enough for a datagram.
  var summary: String {
    let lines = lines
    var text = "", shown = 0
    for line in lines {
      if text.utf8.count + line.utf8.count > 400 && shown > 0 { break }
      text += (shown > 0 ? "; " : "") + (line.pieces(of: 400).first ?? "")
      shown += 1
    }
    if lines.isEmpty { return "nodes made anew" }
    return shown < lines.count ? text + "; and \(lines.count - shown) more" : text
  }

  /// One line per change, ordered by name; a rename is one change.
  var lines: [String] {
    var old = patch(head.before, nodes.before, cables.before, controls.before, snapshots.before)
    let new = patch(head.after, nodes.after, cables.after, controls.after, snapshots.after)
    var lines: [String] = []
    let ids = Dictionary(uniqueKeysWithValues: serials.after.map { ($0.value, $0.key) })
    for (id, serial) in serials.before.sorted(by: { $0.key < $1.key }) {
      guard let other = ids[serial], (try? old.rename(id, to: other)) != nil else { continue }
      lines.append("\(id) -> \(other)")
    }
    return lines + old.changes(to: new).map(\.description)
  }

  private func patch(
    _ head: Head, _ nodes: [String: PatchNode], _ cables: [Cable: Float], _ controls: [PortAddress: MidiControl],
    _ snapshots: [String: Snapshot]
  ) -> Patch {
    var patch = Patch()
    head.apply(to: &patch)
    (patch.nodes, patch.cables, patch.controls, patch.snapshots) = (nodes, cables, controls, snapshots)
    return patch
  }
}
