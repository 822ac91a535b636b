// [control] Patch to graph: checks, implied output, feedback delays.
import ModuleKit
import PatchKit

/// A patch with the serial of each node: the same serial is the same node, even if renamed.
public struct IdentifiedPatch: Sendable {
  public var patch: Patch
  public var serials: [String: Int]
  /// Serials of nodes that ring out: without new input, at their present width.
  public var ringing: Set<Int>
  /// Serials of nodes that are not of the patch: they bring an output of their own, and the patch keeps its implied one.
  public var beside: Set<Int> = []

  public init(patch: Patch, serials: [String: Int], ringing: Set<Int> = []) {
    self.patch = patch
    self.serials = serials
    self.ringing = ringing
  }
}

/// Checks a patch against the registry and assigns every node an instance, the existing one where possible.
struct GraphBuilder {
  let registry: Registry
  let sampleRate: Float
  /// Sounds in memory, by name.
  var made: [String: SoundBuffer] = [:]
  /// The source of named sounds.
  var sounds: SoundSource = noSounds
  /// Sounds that are being read: nodes that name them are silent until they have been read.
  var awaited: Set<SoundName> = []
  /// Nodes whose kernels were allocated beforehand.
  var spares: [NodeKey: NodeInstance] = [:]

  /// The serial of the implied output of a patch without one.
  static let impliedOutput = 0
  static let impliedOutputType = "output"

  /// The result of building a patch.
  struct Built {
    /// The current graph, with nodes converted to lanes where they continue in lanes.
    var current: Graph
    var graph: Graph
    /// Nodes of one voice that continue in the first of several lanes.
    var handovers: [Handover]
    var parameters: [(NodeInstance, port: Int, value: Float)]
    /// The files that could not be read: their nodes are silent.
    var unreadable: [PatchError]
    /// Files that are played otherwise than they may be meant; each once.
    var soundProblems: [PatchError] = []
    /// Loops that take longer than they are set to.
    var warnings: [PatchError] = []
  }

  /// - Throws: every error of the patch at once, cycles with the nodes around them.
  func graph(
    of source: IdentifiedPatch, reusing current: Graph
  ) throws(PatchErrors) -> Built {
    var flat = FlatPatch(voices: source.patch.voices)
    guard addNodes(of: source, to: &flat), addCables(of: source.patch, to: &flat) else {
      throw PatchErrors(source.patch.problems(in: registry))
    }
    addImpliedOutput(to: &flat, besides: source.beside)
    if !source.ringing.isEmpty { flat.keepWidths(of: source.ringing, in: current) }
    flat.inferWidths(keepsLanes: flat.keepsLanes(of: current))
    let delayed = try delayedNodes(of: flat)
    let loaded = loadSounds(of: source.patch, to: &flat)
    var built = instantiate(flat, delayed: delayed, reusing: current)
    built.unreadable = loaded.unreadable
    built.soundProblems = loaded.problems
    if source.patch.compensatesLatency {
      built.graph.compensateLatency(
        flat.nodes.map { node in node.descriptor.latencyFrames(sampleRate) { node.values[$0] } })
    }
    built.warnings = longerLoops(in: flat, late: delayed)
    let instances = Dictionary(
      zip(flat.nodes.map(\.id), built.graph.nodes.map(\.instance)), uniquingKeysWith: { first, _ in first })
    built.graph.controls = ControllerLink.links(of: source.patch, instances, reusing: current.controls)
    built.graph.tuning = source.patch.tuning?.pitches ?? []
    return built
  }

  /// Returns false for an invalid name or value; `Patch.problems` then describes it.
  private func addNodes(of source: IdentifiedPatch, to flat: inout FlatPatch) -> Bool {
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
      flat.indices[id] = flat.nodes.count
      flat.nodes.append(.init(id: id, serial: source.serials[id] ?? -1, descriptor: descriptor, values: values))
    }
    return true
  }

  private func addCables(of patch: Patch, to flat: inout FlatPatch) -> Bool {
    flat.cables.reserveCapacity(patch.cables.count)
    for (cable, amount) in patch.cables {
      guard let source = flat.indices[cable.source.node], let destination = flat.indices[cable.destination.node]
      else {
        guard patch.nodes[cable.source.node] != nil, patch.nodes[cable.destination.node] != nil else { return false }
        continue  // to or from a placeholder
      }
      let from = flat.nodes[source].descriptor, to = flat.nodes[destination].descriptor
      guard let sourcePort = from.output(named: cable.source.port),
        let destinationPort = to.input(named: cable.destination.port), to.inputs[destinationPort].isPatchable
      else { return false }
      flat.cables.append(
        .init(
          source: source, sourcePort: sourcePort, destination: destination, destinationPort: destinationPort,
          amount: amount))
    }
    // A dictionary has no order; sums must have one, the same in every run.
    flat.cables.sort {
      ($0.destination, $0.destinationPort, $0.source, $0.sourcePort)
        < ($1.destination, $1.destinationPort, $1.source, $1.sourcePort)
    }
    return true
  }

  /// Without an `output`, every node that feeds nothing goes to the output: to both channels, or each channel to its
  /// own.
  private func addImpliedOutput(to flat: inout FlatPatch, besides others: Set<Int>) {
    guard let output = registry[GraphBuilder.impliedOutputType],
      !flat.nodes.contains(where: { $0.descriptor.outputs.isEmpty && !others.contains($0.serial) })
    else { return }
    let feeds = Set(flat.cables.map(\.source))
    let heard = flat.nodes.indices.filter {
      !feeds.contains($0) && flat.nodes[$0].descriptor.about.voicing != .source
        && !others.contains(flat.nodes[$0].serial)
    }
    guard !heard.isEmpty, let left = output.input(named: "left"), let right = output.input(named: "right") else {
      return
    }
    let sink = flat.nodes.count
    flat.nodes.append(
      .init(
        id: "(output)", serial: GraphBuilder.impliedOutput, descriptor: output,
        values: output.inputs.map(\.defaultValue)))
    for node in heard {
      let ownRight = flat.nodes[node].descriptor.output(named: "right")
      for (from, to) in [(0, left), (ownRight ?? 0, right)] {
        flat.cables.append(.init(source: node, sourcePort: from, destination: sink, destinationPort: to, amount: 1))
      }
    }
  }

  /// The nodes whose signal inputs must be delayed by one quantum, so that the rest has an order.
  private func delayedNodes(of flat: FlatPatch) throws(PatchErrors) -> [Bool] {
    var delayed = flat.nodes.map { $0.descriptor.about.latency == .always }
    var components = flat.shape(delayed: delayed).cyclicComponents()
    if components.isEmpty { return delayed }
    for node in components.joined() where flat.nodes[node].descriptor.about.latency == .inCycles {
      delayed[node] = true
    }
    let shape = flat.shape(delayed: delayed)
    components = shape.cyclicComponents()
    if components.isEmpty { return delayed }
    throw PatchErrors(
      components.map { component in
        let names = shape.cycle(within: component).map { flat.nodes[$0].id }
        return PatchError.cycle(through: names)
      })
  }
}

extension GraphBuilder {
  /// The nodes in cable loops whose time is set to less than a loop can take.
  private func longerLoops(in flat: FlatPatch, late: [Bool]) -> [PatchError] {
    zip(flat.nodes, late).compactMap { node, isLate in
      guard isLate, let port = node.descriptor.about.loopTime else { return nil }
      let frames = ModuleAbout.shortestLoop, least = Float(frames) / sampleRate
      guard node.values[port] < least else { return nil }
      let name = node.descriptor.inputs[port].name
      return PatchError(
        .longerLoop,
        "a loop of cables takes \(frames) frames (\((least * 1_000).shortText) ms) at least: "
          + "\(name) \((node.values[port] * 1_000).shortText) ms has no effect",
        at: Place(path: "\(node.id)/\(name)"))
    }
  }
}

extension PatchError {
  /// - Parameter nodes: the ids around the cycle, in the order of its cables.
  static func cycle(through nodes: [String]) -> PatchError {
    PatchError(
      .cycle,
      "the cables \((nodes + nodes.prefix(1)).joined(separator: " -> ")) form a cycle: put a feedback or a delay into it",
      at: Place(path: nodes.first))
  }
}
