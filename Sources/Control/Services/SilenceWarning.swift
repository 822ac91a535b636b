import ModuleKit
import PatchKit

/// Detects patches that make no sound, for a warning when they are loaded, checked or committed.
public struct SilenceWarning {
  private let registry: Registry

  public init(registry: Registry) { self.registry = registry }

  /// A warning if a commit makes the patch silent: outputs without a cable, or no node with a free output.
  ///
  /// An empty patch after a silent one is not reported.
  func text(of patch: Patch, after before: Patch) -> String? {
    guard let reason = silence(of: patch) else { return nil }
    return patch.nodes.isEmpty && silence(of: before) != nil ? nil : reason
  }

  /// The reason why a patch makes no sound; nil: it may make one.
  public func silence(of patch: Patch) -> String? {
    if patch.nodes.isEmpty { return "silent: the patch has no nodes" }
    // A module without outputs is an output node.
    let sinks = patch.nodes.filter { registry[$0.value.type]?.outputs.isEmpty == true }
    if !sinks.isEmpty {
      if patch.cables.contains(where: { sinks[$0.key.destination.node] != nil && $0.value != 0 }) { return nil }
      let example = sinks.keys.min()!
      return "silent: no cable leads to \(example); /patch/connect NODE \(example) connects one"
    }
    let feeding = Set(patch.cables.keys.map(\.source.node))
    let isHeard = patch.nodes.contains { id, node in
      !feeding.contains(id) && registry[node.type].map { $0.about.voicing != .source } == true
    }
    return isHeard
      ? nil : "silent: every node feeds another, so none leads outwards; /patch/create out output makes a way out"
  }
}
