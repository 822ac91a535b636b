// [control] Assigns instances to nodes, existing ones or new ones, and MIDI controllers to their parameters.
import ModuleKit
import PatchKit
import Synchronization

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
    gains.reserveCapacity(built.current.cables.count)
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
struct NodeKey: Hashable {
  var serial: Int, isPoly: Bool
  func hash(into hasher: inout Hasher) { hasher.combine(serial) }
}

/// The instances of a graph, by node.
private struct Instances {
  private var known: [NodeKey: NodeInstance] = [:]
  private(set) var notes: [Int: VoiceMemory] = [:]

  init(of graph: Graph) {
    known.reserveCapacity(graph.nodes.count)
    for node in graph.nodes {
      known[NodeKey(serial: node.instance.serial, isPoly: node.instance.isPoly)] = node.instance
      if let memory = node.instance.notes { notes[node.instance.serial] = memory }
    }
  }

  /// The instance that can be reused for this node.
  func instance(of node: FlatPatch.Node, isPoly: Bool) -> NodeInstance? {
    guard let instance = known[NodeKey(serial: node.serial, isPoly: isPoly)],
      // A node with another sound is a new instance: the two are crossfaded.
      instance.sounds.isEmpty && node.sounds.isEmpty
        || instance.sounds.mapValues(ObjectIdentifier.init) == node.sounds.mapValues(ObjectIdentifier.init),
      GraphBuilder.isSettled(instance, node)
    else { return nil }
    // Newer code that cannot use the existing state needs a new instance, too.
    if instance.descriptor.generation != node.descriptor.generation, !instance.adopt(node.descriptor) { return nil }
    return instance
  }
}

/// Soft take-over state of a controller and parameter; plans of the same patch share it, so that an edit does not reset
/// it.
final class SoftTakeover {
  let pickup = Reference.make(Pickup()), reported = Reference.make(Atomic<UInt64>(0))
  private var seen: UInt64 = 0

  deinit {
    pickup.free()
    reported.free()
  }

  /// The value that the audio thread has set since the last call; nil where there is none.
  func newValue() -> Float? {
    let state = reported.pointee.load(ordering: .acquiring)
    guard state >> 32 != seen else { return nil }
    seen = state >> 32
    return Float(bitPattern: UInt32(truncatingIfNeeded: state))
  }
}

/// One parameter of a graph with its MIDI controller.
struct ControllerLink {
  let instance: NodeInstance
  let port: Int
  let control: MidiControl
  let grip: SoftTakeover

  /// The form that the audio thread uses.
  var forAudio: MappedParameter {
    let spec = instance.descriptor.inputs[port], range = control.range(of: spec)
    return MappedParameter(
      channel: UInt8(control.channel), controller: UInt8(control.controller), isFine: control.isFine,
      travel: MappingRange(
        from: range.from, to: range.to, isLogarithmic: spec.curve == .logarithmic && range.from > 0 && range.to > 0,
        isWhole: spec.type != .float),
      parameter: instance.parameters.reference(to: port), buffer: instance.movingBuffer(port), pickup: grip.pickup,
      reported: grip.reported)
  }

  /// The links of a patch with these instances; take-over state is kept where parameter and control are unchanged.
  static func links(
    of patch: Patch, _ instances: [String: NodeInstance], reusing current: [ControllerLink]
  ) -> [ControllerLink] {
    struct Key: Hashable {
      var serial: Int
      var port: Int
    }
    let known = Dictionary(
      current.map { (Key(serial: $0.instance.serial, port: $0.port), $0) }, uniquingKeysWith: { first, _ in first })
    return patch.controls.sorted { $0.key < $1.key }.compactMap { parameter, control in
      guard let instance = instances[parameter.node], let port = instance.descriptor.input(named: parameter.port) else {
        return nil
      }
      let old = known[Key(serial: instance.serial, port: port)].flatMap { $0.control == control ? $0 : nil }
      return ControllerLink(instance: instance, port: port, control: control, grip: old?.grip ?? SoftTakeover())
    }
  }
}

extension PlanPublisher {
  /// Reports the parameters that controllers have set since the last call.
  package func collectControllerValues() {
    for link in current.controls {
      guard let value = link.grip.newValue() else { continue }
      link.instance.values[link.port] = value
      onControllerSet(link.instance.serial, link.instance.descriptor.inputs[link.port].name, value)
    }
  }

  /// Enables `onMidi` for every controller change.
  package func learn(_ isOn: Bool) { engine.crossings.isLearning.store(isOn, ordering: .relaxed) }
}
