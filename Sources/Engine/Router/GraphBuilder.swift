// [control] From a patch to the graph that shall sound.
import ModuleKit
import PatchKit

/// A patch with the serial of each node: the same serial is the same node, whatever it is called.
public struct IdentifiedPatch: Sendable {
  public var patch: Patch
  public var serials: [String: Int]
  /// Nodes, by serial, that nothing new comes into: they ring out, as wide as they are.
  public var ringing: Set<Int>

  public init(patch: Patch, serials: [String: Int], ringing: Set<Int> = []) {
    self.patch = patch
    self.serials = serials
    self.ringing = ringing
  }
}

/// Checks a patch against the registry and gives every node its instance, old where it has one.
struct GraphBuilder {
  let registry: Registry
  let sampleRate: Float
  /// Where the sounds come from that nodes name.
  var sounds: SoundSource = noSounds

  /// The serial of the output that is there when a patch has none.
  static let impliedOutput = 0
  private static let impliedOutputType = "output"

  /// What a patch comes to.
  struct Built {
    var graph: Graph
    var knobs: [(NodeInstance, port: Int, value: Float)]
    /// The files that could not be read: their nodes are silent.
    var unreadable: [PatchError]
  }

  /// - Throws: every error of the patch at once, cycles with the nodes around them.
  func graph(
    of source: IdentifiedPatch, reusing current: Graph
  ) throws(PatchErrors) -> Built {
    var draft = GraphDraft(voices: source.patch.voices)
    guard addNodes(of: source, to: &draft), addCables(of: source.patch, to: &draft) else {
      throw PatchErrors(source.patch.problems(in: registry))
    }
    addImpliedOutput(to: &draft)
    if !source.ringing.isEmpty { draft.keepWidths(of: source.ringing, in: current) }
    draft.inferWidths()
    let late = try lateNodes(of: draft)
    let unreadable = loadSounds(of: source.patch, to: &draft)
    var (graph, knobs) = instantiate(draft, late: late, reusing: current)
    let instances = Dictionary(
      zip(draft.nodes.map(\.id), graph.nodes.map(\.instance)), uniquingKeysWith: { first, _ in first })
    graph.controls = ControlLink.links(of: source.patch, instances, reusing: current.controls)
    graph.tuning = source.patch.tuning?.pitches ?? []
    return Built(graph: graph, knobs: knobs, unreadable: unreadable)
  }

  /// False where a name or value is not as it must be; `Patch.problems` then says what.
  private func addNodes(of source: IdentifiedPatch, to draft: inout GraphDraft) -> Bool {
    for id in source.patch.nodes.keys.sorted() {
      let node = source.patch.nodes[id]!
      guard let descriptor = registry[node.type] else {
        guard node.isPlaceholder else { return false }
        continue  // kept in the patch, silent
      }
      var values = descriptor.inputs.map(\.defaultValue)
      for (name, value) in node.params {
        guard let port = descriptor.input(named: name),
          let number = try? descriptor.inputs[port].number(from: value, at: id)
        else { return false }
        values[port] = number
      }
      draft.indices[id] = draft.nodes.count
      draft.nodes.append(.init(id: id, serial: source.serials[id] ?? -1, descriptor: descriptor, values: values))
    }
    return true
  }

  private func addCables(of patch: Patch, to draft: inout GraphDraft) -> Bool {
    draft.cables.reserveCapacity(patch.cables.count)
    for (cable, amount) in patch.cables {
      guard let source = draft.indices[cable.source.node], let destination = draft.indices[cable.destination.node]
      else {
        guard patch.nodes[cable.source.node] != nil, patch.nodes[cable.destination.node] != nil else { return false }
        continue  // to or from a placeholder
      }
      let from = draft.nodes[source].descriptor, to = draft.nodes[destination].descriptor
      guard let sourcePort = from.output(named: cable.source.port),
        let destinationPort = to.input(named: cable.destination.port), to.inputs[destinationPort].isPatchable
      else { return false }
      draft.cables.append(
        .init(
          source: source, sourcePort: sourcePort, destination: destination, destinationPort: destinationPort,
          amount: amount))
    }
    // A dictionary has no order; sums must have one, the same in every run.
    draft.cables.sort {
      ($0.destination, $0.destinationPort, $0.source, $0.sourcePort)
        < ($1.destination, $1.destinationPort, $1.source, $1.sourcePort)
    }
    return true
  }

  /// Without any `output`, every node that feeds nothing is heard: on both channels, or each channel on its own.
  private func addImpliedOutput(to draft: inout GraphDraft) {
    guard let output = registry[GraphBuilder.impliedOutputType],
      !draft.nodes.contains(where: { $0.descriptor.outputs.isEmpty })
    else { return }
    let feeds = Set(draft.cables.map(\.source))
    let heard = draft.nodes.indices.filter {
      !feeds.contains($0) && draft.nodes[$0].descriptor.about.voicing != .source
    }
    guard !heard.isEmpty, let left = output.input(named: "left"), let right = output.input(named: "right") else {
      return
    }
    let sink = draft.nodes.count
    draft.nodes.append(
      .init(
        id: "(output)", serial: GraphBuilder.impliedOutput, descriptor: output,
        values: output.inputs.map(\.defaultValue)))
    for node in heard {
      let ownRight = draft.nodes[node].descriptor.output(named: "right")
      for (from, to) in [(0, left), (ownRight ?? 0, right)] {
        draft.cables.append(.init(source: node, sourcePort: from, destination: sink, destinationPort: to, amount: 1))
      }
    }
  }

  /// Which nodes' signal inputs must come a quantum late, so that the rest has an order.
  private func lateNodes(of draft: GraphDraft) throws(PatchErrors) -> [Bool] {
    var late = draft.nodes.map { $0.descriptor.about.latency == .always }
    var components = draft.shape(late: late).cyclicComponents()
    if components.isEmpty { return late }
    for node in components.joined() where draft.nodes[node].descriptor.about.latency == .inCycles { late[node] = true }
    let shape = draft.shape(late: late)
    components = shape.cyclicComponents()
    if components.isEmpty { return late }
    throw PatchErrors(
      components.map { component in
        let names = shape.cycle(within: component).map { draft.nodes[$0].id }
        return PatchError.cycle(through: names)
      })
  }

  private func instantiate(
    _ draft: GraphDraft, late: [Bool], reusing current: Graph
  ) -> (graph: Graph, knobs: [(NodeInstance, port: Int, value: Float)]) {
    struct Key: Hashable { var serial: Int, isPoly: Bool }
    var known: [Key: NodeInstance] = [:]
    for node in current.nodes { known[Key(serial: node.instance.serial, isPoly: node.instance.isPoly)] = node.instance }
    var notes: [Int: NoteMemory] = [:]
    for node in current.nodes { if let memory = node.instance.notes { notes[node.instance.serial] = memory } }
    var graph = Graph(), knobs: [(NodeInstance, port: Int, value: Float)] = []
    graph.voices = draft.voices
    graph.groups = draft.nodes.contains(where: \.isPoly) ? (draft.voices + 7) / 8 : 1
    for (i, node) in draft.nodes.enumerated() {
      // A node that names another sound is another one: the two are crossfaded.
      var old = known[Key(serial: node.serial, isPoly: node.isPoly)].flatMap {
        $0.sounds.mapValues(ObjectIdentifier.init) == node.sounds.mapValues(ObjectIdentifier.init)
          && isSettled($0, node) ? $0 : nil
      }
      // Newer code that cannot go on with the state is another node, too.
      if let instance = old, instance.descriptor.generation != node.descriptor.generation,
        !instance.adopt(node.descriptor)
      {
        old = nil
      }
      if let old {
        for port in node.values.indices where old.values[port] != node.values[port] {
          knobs.append((old, port, node.values[port]))
        }
      }
      let instance =
        old
        ?? NodeInstance(
          serial: node.serial, id: node.id, descriptor: node.descriptor, isPoly: node.isPoly, values: node.values,
          sampleRate: sampleRate, notes: notes[node.serial], sounds: node.sounds)
      graph.nodes.append(.init(instance: instance, id: node.id, isLate: late[i], isRinging: node.isRinging))
    }
    var gains: [CableKey: CableGain] = [:]
    for cable in current.cables { gains[cable.key] = cable.gain }
    for cable in draft.cables {
      let destination = graph.nodes[cable.destination]
      let isLate = destination.isLate && destination.instance.descriptor.inputs[cable.destinationPort].type == .signal
      let key = CableKey(
        source: ObjectIdentifier(graph.nodes[cable.source].instance), sourcePort: cable.sourcePort,
        destination: ObjectIdentifier(destination.instance), destinationPort: cable.destinationPort, isLate: isLate)
      graph.cables.append(
        .init(
          source: cable.source, sourcePort: cable.sourcePort, destination: cable.destination,
          destinationPort: cable.destinationPort, amount: cable.amount, gain: gains[key] ?? CableGain(at: 0),
          isMoving: false, key: key))
    }
    return (graph, knobs)
  }
}
