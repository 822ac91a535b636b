import Glibc
import ModuleKit

/// All parameters of a patch at one moment, by node. Cables are not part of it.
///
/// As in a patch, a parameter that is not listed has its default.
public struct Snapshot: Equatable, Sendable {
  public var nodes: [String: PatchNode]

  public init(nodes: [String: PatchNode] = [:]) { self.nodes = nodes }

  public init(_ patch: Patch, in registry: Registry) { nodes = patch.nodes.filter { registry[$0.value.type] != nil } }

  /// Interpolates between two snapshots, x from 0 to 1: numbers linearly in their unit, or in octaves if the
  /// parameter is logarithmic; choices, switches and whole numbers change halfway. Parameters of only one are kept.
  public init(from a: Snapshot, to b: Snapshot, _ x: Float, in registry: Registry) {
    nodes = [:]
    for (id, from) in a.nodes {
      guard let to = b.nodes[id], to.type == from.type, let module = registry[from.type] else { continue }
      var node = PatchNode(type: from.type)
      for spec in module.inputs where spec.isParameter && !spec.isFile {
        node.params[spec.name] = spec.value(of: spec.between(from.value(of: spec), to.value(of: spec), x))
      }
      nodes[id] = node
    }
  }

  /// The number of parameters.
  public func count(in registry: Registry) -> Int {
    nodes.values.reduce(0) { $0 + (registry[$1.type]?.inputs.count { $0.isParameter && !$0.isFile } ?? 0) }
  }
}

extension ParamSpec {
  fileprivate func between(_ from: Float, _ to: Float, _ x: Float) -> Float {
    if from == to || x <= 0 { return from }
    if x >= 1 { return to }
    guard type == .float else { return x < 0.5 ? from : to }
    let isLogarithmic = curve == .logarithmic && from > 0 && to > 0
    let value = isLogarithmic ? from * pow(to / from, x) : from + (to - from) * x
    return min(max(value, range.lowerBound), range.upperBound)
  }
}
