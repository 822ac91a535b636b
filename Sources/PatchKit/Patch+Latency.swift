import ModuleKit

extension Patch {
  /// The latency of a patch in frames: that of the longest path to an output, by the modules that look ahead and those
  /// that always delay by a quantum. A cycle counts once: a signal that goes round is an echo, not a latency.
  public func latencyFrames(in registry: Registry, sampleRate: Double) -> Int {
    var sources: [String: [String]] = [:]
    for cable in cables.keys { sources[cable.destination.node, default: []].append(cable.source.node) }
    var own: [String: Int] = [:]
    for (id, node) in nodes {
      guard let module = registry[node.type] else { continue }
      let frames = module.latencyFrames(Float(sampleRate)) { node.value(of: module.inputs[$0]) }
      own[id] = frames + (module.about.latency == .always ? quantumFrames : 0)
    }
    guard own.values.contains(where: { $0 > 0 }) else { return 0 }
    // Depth first, with a list instead of recursion: a chain may be as long as the patch.
    var longest: [String: Int] = [:]
    var isEntered: Set<String> = []
    for output in nodes.keys where nodes[output]?.type == "output" {
      var path = [output]
      while let id = path.last {
        if isEntered.insert(id).inserted {
          path += (sources[id] ?? []).filter { !isEntered.contains($0) }
        } else {
          path.removeLast()
          if longest[id] == nil {
            longest[id] = (own[id] ?? 0) + ((sources[id] ?? []).compactMap { longest[$0] }.max() ?? 0)
          }
        }
      }
    }
    return nodes.keys.filter { nodes[$0]?.type == "output" }.compactMap { longest[$0] }.max() ?? 0
  }

  /// True if a module looks ahead: parallel paths may differ in latency.
  func hasLatency(in registry: Registry) -> Bool {
    nodes.values.contains { node in
      guard let module = registry[node.type] else { return false }
      return module.latencyFrames(48_000) { node.value(of: module.inputs[$0]) } > 0
    }
  }
}
