import Engine
import PatchKit

/// A patch under edit, with the identity of each node: an edit that keeps a node keeps its serial, and so its state.
struct Draft {
  var patch = Patch()
  var serials: [String: Int] = [:]
  /// Nodes that were deleted to ring out, by serial.
  var ringing: Set<Int> = []
  /// The clients that have edited it since it was committed.
  var authors: Set<Int> = []
  /// The file that it was loaded from or saved to; nil: none.
  var file: String?

  var identified: IdentifiedPatch { IdentifiedPatch(patch: patch, serials: serials) }

  /// The id of the node with a serial; `id` is tried first.
  func id(of serial: Int, near id: String) -> String? {
    serials[id] == serial ? id : serials.first { $0.value == serial }?.key
  }

  /// Applies an edit; a node that it creates gets the serial after `lastSerial`.
  mutating func apply(_ edit: PatchEdit, _ lastSerial: inout Int) throws(PatchError) {
    if case .replace(let patch) = edit {
      self = adopting(patch, &lastSerial)
      return
    }
    try patch.apply(edit)
    switch edit {
    case .create(let id, _):
      lastSerial += 1
      serials[id] = lastSerial
    case .delete(let id): serials[id] = nil
    case .rename(let id, let other): serials[other] = serials.removeValue(forKey: id)
    default: break
    }
  }

  /// The draft of a whole patch. A node of the same id and type as in this draft keeps its serial.
  func adopting(_ other: Patch, _ lastSerial: inout Int) -> Draft {
    var serials: [String: Int] = [:]
    for (id, node) in other.nodes {
      if patch.nodes[id]?.type == node.type, let serial = self.serials[id] {
        serials[id] = serial
      } else {
        lastSerial += 1
        serials[id] = lastSerial
      }
    }
    return Draft(patch: other, serials: serials, file: file)
  }

  /// The edits that turn this draft's patch into another's; nodes with one serial in both are renamed.
  func edits(to other: Draft) -> [PatchEdit] {
    if serials == other.serials { return patch.edits(to: other.patch) }
    let ids = Dictionary(other.serials.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
    let renames = serials.compactMap { id, serial in
      ids[serial].flatMap { new in new == id ? nil : (from: id, to: new) }
    }
    return patch.edits(to: other.patch, renames: renames.sorted { $0.from < $1.from })
  }
}
