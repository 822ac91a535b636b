// [control] The sounds that nodes name.
import ModuleKit
import PatchKit

extension GraphBuilder {
  /// Reads what nodes name; returns what went wrong.
  func loadSounds(of patch: Patch, to draft: inout GraphDraft) -> [PatchError] {
    var unreadable: [PatchError] = []
    for i in draft.nodes.indices where draft.nodes[i].descriptor.inputs.contains(where: \.isFile) {
      let node = draft.nodes[i]
      for (port, spec) in node.descriptor.inputs.enumerated() {
        guard case .file(let builtIn, let isResampled) = spec.type,
          case .text(let name)? = patch.nodes[node.id]?.params[spec.name], !name.isEmpty, !builtIn.contains(name)
        else { continue }
        do throws(PatchError) {
          draft.nodes[i].sounds[port] = try sounds(name, isResampled ? Double(sampleRate) : nil)
        } catch {
          var error = error
          error.place.path = "\(node.id)/\(spec.name)"
          unreadable.append(error)
        }
      }
    }
    return unreadable
  }

  /// Whether what is built in, if that is what is named, is the same still: it is made with the node.
  static func isSettled(_ old: NodeInstance, _ node: GraphDraft.Node) -> Bool {
    node.descriptor.inputs.indices.allSatisfy {
      !node.descriptor.inputs[$0].isFile || old.values[$0] == node.values[$0]
    }
  }
}
