// [control] Assigns instances to nodes: existing ones, or new ones.
import ModuleKit

extension GraphBuilder {
  /// The graph of a draft; nodes and cables that exist in the current graph keep their instances and gains.
  func instantiate(_ flat: FlatPatch, delayed: [Bool], reusing current: Graph) -> Built {
    let old = Instances(of: current), wasAlone = current.voices == 1 && !flat.keepsLanes(of: current)
    var built = Built(current: current, graph: Graph(), handovers: [], parameters: [], unreadable: [])
    built.graph.voices = flat.voices
    built.graph.groups = flat.nodes.contains(where: \.isPoly) ? (flat.voices + 7) / 8 : 1
    for (i, node) in flat.nodes.enumerated() {
      let instance: NodeInstance
      if let known = old.instance(of: node, isPoly: node.isPoly) {
        instance = known
      } else if wasAlone, node.isPoly, let alone = old.instance(of: node, isPoly: false),
        let handover = Handover(of: alone, reusing: spares[NodeKey(serial: node.serial, isPoly: true)])
      {
        // The former single voice becomes the first of several.
        built.handovers.append(handover)
        instance = handover.lanes
      } else if let spare = spares[NodeKey(serial: node.serial, isPoly: node.isPoly)],
        spare.fits(node.id, node.descriptor, node.sounds), GraphBuilder.isSettled(spare, node)
      {
        spare.start(with: node.values)
        instance = spare
      } else {
        instance = NodeInstance(
          serial: node.serial, id: node.id, descriptor: node.descriptor, isPoly: node.isPoly, values: node.values,
          sampleRate: sampleRate, notes: old.notes[node.serial], sounds: node.sounds)
      }
      for port in node.values.indices where instance.values[port] != node.values[port] {
        built.parameters.append((instance, port, node.values[port]))
      }
      built.graph.nodes.append(.init(instance: instance, id: node.id, isDelayed: delayed[i], isRinging: node.isRinging))
    }
    built.current.replace(built.handovers)
    addCables(of: flat, to: &built)
    return built
  }

  private func addCables(of flat: FlatPatch, to built: inout Built) {
    var gains: [CableKey: CableGain] = [:]
    for cable in built.current.cables { gains[cable.key] = cable.gain }
    for cable in flat.cables {
      let destination = built.graph.nodes[cable.destination]
      let isDelayed =
        destination.isDelayed && destination.instance.descriptor.inputs[cable.destinationPort].type == .signal
      let key = CableKey(
        source: ObjectIdentifier(built.graph.nodes[cable.source].instance), sourcePort: cable.sourcePort,
        destination: ObjectIdentifier(destination.instance), destinationPort: cable.destinationPort,
        isDelayed: isDelayed)
      built.graph.cables.append(
        .init(
          source: cable.source, sourcePort: cable.sourcePort, destination: cable.destination,
          destinationPort: cable.destinationPort, amount: cable.amount, gain: gains[key] ?? CableGain(at: 0),
          isMoving: false, key: key))
    }
  }
}

/// A node at one width.
struct NodeKey: Hashable { var serial: Int, isPoly: Bool }

/// The instances of a graph, by node.
private struct Instances {
  private var known: [NodeKey: NodeInstance] = [:]
  private(set) var notes: [Int: VoiceMemory] = [:]

  init(of graph: Graph) {
    for node in graph.nodes {
      known[NodeKey(serial: node.instance.serial, isPoly: node.instance.isPoly)] = node.instance
      if let memory = node.instance.notes { notes[node.instance.serial] = memory }
    }
  }

  /// The instance that can be reused for this node.
  func instance(of node: FlatPatch.Node, isPoly: Bool) -> NodeInstance? {
    guard let instance = known[NodeKey(serial: node.serial, isPoly: isPoly)],
      // A node with another sound is a new instance: the two are crossfaded.
      instance.sounds.mapValues(ObjectIdentifier.init) == node.sounds.mapValues(ObjectIdentifier.init),
      GraphBuilder.isSettled(instance, node)
    else { return nil }
    // Newer code that cannot use the existing state needs a new instance, too.
    if instance.descriptor.generation != node.descriptor.generation, !instance.adopt(node.descriptor) { return nil }
    return instance
  }
}
