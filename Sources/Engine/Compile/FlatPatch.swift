// [control] A patch with nodes and cables by index, before there are instances.
import ModuleKit

/// Nodes and cables by index, before there are instances.
struct FlatPatch {
  struct Node {
    var id: String
    var serial: Int
    var descriptor: ModuleDescriptor
    var values: [Float]
    var isPoly = false
    var isRinging = false
    var sounds: NodeSounds = [:]
  }
  struct Cable {
    var source: Int
    var sourcePort: Int
    var destination: Int
    var destinationPort: Int
    var amount: Float
  }
  var nodes: [Node] = []
  var indices: [String: Int] = [:]
  var cables: [Cable] = []
  let voices: Int

  init(voices: Int) { self.voices = voices }

  mutating func keepWidths(of ringing: Set<Int>, in current: Graph) {
    for i in nodes.indices where ringing.contains(nodes[i].serial) {
      nodes[i].isRinging = true
      nodes[i].isPoly = current.nodes.contains { $0.instance.serial == nodes[i].serial && $0.instance.isPoly }
    }
  }

  /// Returns whether nodes are rendered in lanes already: they stay there when one voice is left, since released voices
  /// decay beside it.
  func keepsLanes(of current: Graph) -> Bool {
    let inLanes = Set(current.nodes.lazy.map(\.instance).filter(\.isPoly).map(\.serial))
    return !inLanes.isEmpty && nodes.contains { !$0.isRinging && inLanes.contains($0.serial) }
  }

  /// Propagates width from voice sources along the cables; in a patch of one voice there are none.
  mutating func inferWidths(keepsLanes: Bool) {
    guard voices > 1 || keepsLanes else { return }
    var fed: [[Int]] = Array(repeating: [], count: nodes.count)
    for cable in cables { fed[cable.source].append(cable.destination) }
    var open = nodes.indices.filter { nodes[$0].descriptor.about.voicing == .source || nodes[$0].isPoly }
    for node in open { nodes[node].isPoly = true }
    while let node = open.popLast() {
      for next in fed[node] where !nodes[next].isPoly && nodes[next].descriptor.about.voicing == .follows {
        nodes[next].isPoly = true
        open.append(next)
      }
    }
  }

  /// The cables that order nodes: all except those into signal inputs of delayed nodes.
  func shape(delayed: [Bool]) -> GraphShape {
    GraphShape(
      count: nodes.count,
      edges: cables.compactMap { cable in
        let isSignal = nodes[cable.destination].descriptor.inputs[cable.destinationPort].type == .signal
        return delayed[cable.destination] && isSignal ? nil : (cable.source, cable.destination)
      })
  }
}
