// [control] Handover of one voice to the first of several lanes.
import DSP
import ModuleKit

/// A node of one voice and the same node in lanes: lane 0 continues from the state of the one voice, so that no held or
/// released note is cut.
struct Handover {
  let alone: NodeInstance
  let lanes: NodeInstance
  private let state: [StateCopy]

  /// Fails where the two widths of the module have different state.
  ///
  /// - Parameter spare: the same node in lanes, made before.
  init?(of alone: NodeInstance, reusing spare: NodeInstance? = nil) {
    self.alone = alone
    lanes = spare.flatMap { $0.alone === alone ? $0 : nil } ?? NodeInstance(lanesOf: alone)
    guard var copies = alone.kernel(group: 0).copies(intoLanesOf: lanes.kernel(group: 0)) else { return nil }
    for (port, buffer) in alone.delayedInputs {
      copies.append(
        StateCopy(from: buffer, to: lanes.feedbackBuffer(port: port, group: 0), count: quantumFrames, isLane: true))
    }
    state = copies
  }

  /// The copies to perform when the lanes take over.
  static func memory(of handovers: [Handover], in arena: inout PlanArena) -> HandoverMemory {
    let copies = handovers.flatMap(\.state)
    let long = copies.filter { $0.bytes > HandoverMemory.longBytes }.map { copy in
      LongCopy(copy: copy, shadow: arena.bytes(copy.bytes))
    }
    let parameters = handovers.flatMap { handover in
      handover.alone.parameters.indices.map { port in
        ParameterHandover(
          from: handover.alone.parameters.baseAddress! + port, to: handover.lanes.parameters.baseAddress! + port,
          buffer: handover.lanes.movingBuffer(port))
      }
    }
    return HandoverMemory(
      short: arena.copy(of: copies.filter { $0.bytes <= HandoverMemory.longBytes }), long: arena.copy(of: long),
      parameters: arena.copy(of: parameters))
  }
}

extension Graph {
  /// Replaces nodes of one voice by the same nodes in lanes, with all their cables.
  mutating func replace(_ handovers: [Handover]) {
    guard !handovers.isEmpty else { return }
    var lanes: [ObjectIdentifier: NodeInstance] = [:]
    for handover in handovers { lanes[ObjectIdentifier(handover.alone)] = handover.lanes }
    func identifier(_ old: ObjectIdentifier) -> ObjectIdentifier { lanes[old].map(ObjectIdentifier.init) ?? old }
    nodes = nodes.map { node in
      Node(
        instance: lanes[ObjectIdentifier(node.instance)] ?? node.instance, id: node.id, isDelayed: node.isDelayed,
        isRinging: node.isRinging)
    }
    cables = cables.map { cable in
      let key = CableKey(
        source: cable.key.source.map(identifier), sourcePort: cable.key.sourcePort,
        destination: identifier(cable.key.destination), destinationPort: cable.key.destinationPort,
        isDelayed: cable.key.isDelayed)
      return Cable(
        source: cable.source, sourcePort: cable.sourcePort, destination: cable.destination,
        destinationPort: cable.destinationPort, amount: cable.amount, gain: cable.gain, isMoving: cable.isMoving,
        key: key)
    }
  }
}
