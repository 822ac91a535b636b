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
      if !patch.cables.keys.contains(where: { sinks[$0.destination.node] != nil }) {
        let example = sinks.keys.min()!
        return "silent: no cable leads to \(example); /patch/connect NODE \(example) connects one"
      }
      return ClosedPaths(of: patch, in: registry)?.silence(from: sinks.keys.sorted())
    }
    let feeding = Set(patch.cables.keys.map(\.source.node))
    let heard = patch.nodes.filter { id, node in
      !feeding.contains(id) && registry[node.type].map { $0.about.voicing != .source } == true
    }
    if heard.isEmpty {
      return "silent: every node feeds another, so none is heard; /patch/create out output adds an output"
    }
    return ClosedPaths(of: patch, in: registry)?.silence(from: heard.keys.sorted())
  }
}
