import ModuleKit

/// All parameters of a patch at one moment, by node. Cables are not part of it.
///
/// As in a patch, a parameter that is not listed has its default.
public struct Snapshot: Equatable, Sendable {
  public var nodes: [String: PatchNode]
  /// The values of the macros, by name.
  public var macros: [String: Float]

  public init(nodes: [String: PatchNode] = [:], macros: [String: Float] = [:]) {
    (self.nodes, self.macros) = (nodes, macros)
  }

  public init(_ patch: Patch, in registry: Registry) {
    nodes = patch.nodes.filter { registry[$0.value.type] != nil }.mapValues(\.undrawn)
    macros = Dictionary(patch.macros.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  /// Interpolates between two snapshots, x from 0 to 1: numbers linearly in their unit, or in octaves if the
  /// parameter is logarithmic; choices, switches and whole numbers change halfway. Parameters of only one are kept.
  public init(from a: Snapshot, to b: Snapshot, _ x: Float, in registry: Registry) {
    nodes = [:]
    macros = [:]
    for (name, from) in a.macros { if let to = b.macros[name] { macros[name] = from + (to - from) * x } }
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
    let value = along(x, from: from, to: to)
    return min(max(value, range.lowerBound), range.upperBound)
  }
}
