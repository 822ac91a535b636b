import ModuleKit
import PatchKit

/// Levels of 0 and cables with an amount of 0, which close the paths of the signal.
struct ClosedPaths {
  private let patch: Patch
  private let registry: Registry
  /// Ports of level parameters at 0 by their nodes; the level of one mixer input closes only that input.
  private let levels: [String: [PortAddress]]
  /// Cables by destination node, for the walk backwards.
  private let cables: [String: [(cable: Cable, amount: Float)]]

  /// nil: nothing is closed.
  init?(of patch: Patch, in registry: Registry) {
    var levels: [String: [PortAddress]] = [:]
    for (id, node) in patch.nodes where !node.params.isEmpty {
      guard let module = registry[node.type] else { continue }
      for name in node.params.keys {
        guard let index = module.input(named: name) else { continue }
        let spec = module.inputs[index]
        guard spec.isParameter, SilenceSearch.isLevel(spec) else { continue }
        let value = node.value(of: spec)
        if spec.unit == .decibels ? value <= -90 : value == 0 { levels[id, default: []].append(PortAddress(id, name)) }
      }
    }
    if levels.isEmpty, !patch.cables.values.contains(0) { return nil }
    (self.patch, self.registry) = (patch, registry)
    var cables: [String: [(cable: Cable, amount: Float)]] = [:]
    for (cable, amount) in patch.cables { cables[cable.destination.node, default: []].append((cable, amount)) }
    // A cable adds to a level, unless the level scales it.
    self.levels = levels.mapValues { ports in
      ports.filter { port in
        let spec = patch.nodes[port.node].flatMap { registry[$0.type] }!.inputs.first { $0.name == port.port }!
        return spec.modulation == .scale || cables[port.node]?.contains { $0.cable.destination == port } != true
      }.sorted()
    }.filter { !$0.value.isEmpty }
    self.cables = cables
  }

  /// The reason why no signal reaches any of the nodes that are heard; nil: a signal may reach one.
  func silence(from ends: [String]) -> String? {
    var visited: Set<String> = [], waiting = ends, reason: String?
    while let id = waiting.popLast() {
      guard visited.insert(id).inserted, let module = patch.nodes[id].flatMap({ registry[$0.type] }) else { continue }
      if let level = levels[id]?.first(where: { !$0.port.contains(where: \.isNumber) }) {
        reason = reason ?? text(of: level)
        continue
      }
      let signals = Set(module.inputs.filter { $0.type == .signal }.map(\.name))
      let inputs = (cables[id] ?? []).filter { signals.contains($0.cable.destination.port) }
      // The path begins at a source, whose main input is not a signal, or at a node without a signal cable.
      let isSource = module.mainInput.map { module.inputs[$0].type == .signal } != true
      if isSource || inputs.isEmpty { return nil }
      for (cable, amount) in inputs.sorted(by: { $0.cable < $1.cable }) {
        if amount == 0 {
          reason =
            reason
            ?? "silent: the cable \(cable) has an amount of 0; /patch/connect \(cable.source) \(cable.destination) 1 "
            + "opens it"
        } else if let level = level(of: cable.destination) {
          reason = reason ?? text(of: level)
        } else {
          waiting.append(cable.source.node)
        }
      }
    }
    return reason
  }

  /// The level of an input of a mixer, if it is 0: `gain2` of `in2`.
  private func level(of input: PortAddress) -> PortAddress? {
    let number = input.port.drop { !$0.isNumber }
    return number.isEmpty ? nil : levels[input.node]?.first { $0.port.hasSuffix(number) }
  }

  private func text(of level: PortAddress) -> String {
    "silent: \(level) closes the path to the output; /mod/\(level) 1 opens it"
  }
}
