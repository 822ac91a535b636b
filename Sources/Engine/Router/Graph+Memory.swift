// [control] What the nodes of a graph hold.
import ModuleKit
import PatchKit

extension Graph {
  /// Makes every kernel, as long as there is room for them: 512 voices of a hundred long delays would be more memory
  /// than a machine has.
  ///
  /// - Throws: `.limit` with the node for which there was none left; what was made is freed.
  func allocate() throws(PatchErrors) {
    var bytes = 0
    // What one thread renders lies side by side: the processor reads ahead, and would take lines from other threads.
    let order = (0..<groups).sorted { PatchRouter.place(of: $0) > PatchRouter.place(of: $1) }
    for group in order {
      for node in nodes where node.instance.isPoly || group == 0 {
        let kernel = node.instance.kernel(group: group)
        bytes += kernel.memory.bytes + 2 * kernel.stateBytes
        guard bytes <= Patch.Limits.memoryBytes else {
          let most = Patch.Limits.memoryBytes >> 20
          throw PatchErrors([
            PatchError(
              .limit, "the patch needs more than \(most) MB with \(voices) voices: there is no room for this node",
              at: Place(path: node.id))
          ])
        }
      }
    }
  }
}
