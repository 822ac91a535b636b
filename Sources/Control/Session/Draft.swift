import Engine
import PatchKit

/// A patch under edit, with the identity of each node: an edit that keeps a node keeps its serial, and so its state.
struct Draft {
  var patch = Patch()
  var serials: [String: Int] = [:]
  /// Nodes that were deleted to ring out, by serial.
  var ringing: Set<Int> = []

  var identified: IdentifiedPatch { IdentifiedPatch(patch: patch, serials: serials) }
}
