import Engine
import ModuleKit
import PatchKit

/// Nodes that were deleted while they sounded: nothing goes into them any more, and they stay until they are silent.
///
/// They are no part of the patch: not listed, not saved; an undo takes them back with their state.
struct RingOuts {
  /// Seconds after which one is faded that does not fall silent.
  static let longest = 60.0
  /// Silent: −100 dB.
  static let silence: Float = 1e-5
  /// Nodes that ring out side by side.
  static let limit = 16
  /// Seconds over which one is faded after the longest time.
  private static let lateFade = 0.5

  private struct Node {
    var node: PatchNode
    /// The nodes that it feeds, by serial, with the amounts.
    var cables: [(port: String, destination: Int, input: String, amount: Float)]
    /// Seconds of silence that count as the end: an echo pauses.
    var pause: Double
    /// The frame at which it was last heard, and the last that it may sound.
    var lastHeard: Int
    var end: Int
  }
  private var nodes: [Int: Node] = [:]

  var isEmpty: Bool { nodes.isEmpty }
  var count: Int { nodes.count }
  var serials: some Collection<Int> { nodes.keys }

  /// A name that no node can have.
  static func name(_ serial: Int) -> String { "(ringing \(serial))" }

  /// Considers the measured peak of a node.
  mutating func measured(_ serial: Int, _ peak: Float, at frame: Int) {
    if peak > RingOuts.silence { nodes[serial]?.lastHeard = frame }
  }

  /// Adds the nodes that ring out to what a draft is compiled to.
  func added(to draft: Draft) -> IdentifiedPatch {
    var result = draft.identified
    guard !nodes.isEmpty else { return result }
    var ids: [Int: String] = [:]
    for (id, serial) in draft.serials { ids[serial] = id }
    for serial in nodes.keys {
      ids[serial] = RingOuts.name(serial)
      result.patch.nodes[RingOuts.name(serial)] = nodes[serial]!.node
      result.serials[RingOuts.name(serial)] = serial
    }
    for (serial, node) in nodes {
      for cable in node.cables {
        guard let id = ids[cable.destination] else { continue }
        let source = PortAddress(RingOuts.name(serial), cable.port)
        result.patch.cables[Cable(source, PortAddress(id, cable.input))] = cable.amount
      }
    }
    result.ringing = Set(nodes.keys)
    return result
  }

  /// The ring-outs once a draft has taken the place of the committed patch: nodes that are marked join them; nodes that
  /// came back, or that nothing hears any more, leave them.
  func after(
    _ committed: Draft, replacedBy draft: Draft, at frame: Int, in registry: Registry, sampleRate: Double
  ) -> RingOuts {
    var after = self
    for serial in draft.ringing where committed.serials.contains(where: { $0.value == serial }) {
      after.nodes[serial] = RingOuts.node(serial, of: committed, from: frame, in: registry, sampleRate)
    }
    let present = Set(draft.serials.values)
    for serial in after.nodes.keys where present.contains(serial) { after.nodes[serial] = nil }
    // A node that sounds of itself would never fall silent; one that only feeds such a one is not needed either.
    var count = -1
    while count != after.nodes.count {
      count = after.nodes.count
      for (serial, node) in after.nodes {
        let isHeard =
          node.cables.isEmpty
          || node.cables.contains { present.contains($0.destination) || after.nodes[$0.destination] != nil }
        let feedsRinging = node.cables.contains { after.nodes[$0.destination] != nil }
        if !isHeard || !feedsRinging && RingOuts.soundsOfItself(node.node, in: registry) { after.nodes[serial] = nil }
      }
    }
    return after
  }

  private static func node(
    _ serial: Int, of committed: Draft, from start: Int, in registry: Registry, _ sampleRate: Double
  ) -> Node? {
    guard let id = committed.serials.first(where: { $0.value == serial })?.key,
      let node = committed.patch.nodes[id], let module = registry[node.type]
    else { return nil }
    let cables = committed.patch.cables.compactMap { cable, amount in
      cable.source.node == id
        ? committed.serials[cable.destination.node].map { (cable.source.port, $0, cable.destination.port, amount) }
        : nil
    }
    let times = module.inputs.filter { $0.hasKnob && ($0.unit == .seconds || $0.unit == .milliseconds) }
    let pause = times.reduce(0.25) {
      $0 + Double(node.value(of: $1)) * ($1.unit == .milliseconds ? 0.001 : 1)
    }
    return Node(
      node: node, cables: cables, pause: pause, lastHeard: start, end: start + Int(longest * sampleRate))
  }

  private static func soundsOfItself(_ node: PatchNode, in registry: Registry) -> Bool {
    guard let module = registry[node.type] else { return true }
    return module.about.tail == nil && !module.inputs.contains { $0.type == .signal || $0.type == .bool }
  }

  /// Removes the nodes that have become silent, those that feed others last.
  ///
  /// - Returns: seconds over which the rest must be compiled anew; nil where none was removed.
  mutating func removeSilent(at now: Int, sampleRate: Double) -> Double? {
    guard !nodes.isEmpty else { return nil }
    let isOver = nodes.filter { _, node in
      now > node.end || Double(now - node.lastHeard) > node.pause * sampleRate
    }
    let gone = isOver.filter { _, node in
      node.cables.allSatisfy { nodes[$0.destination] == nil || isOver[$0.destination] != nil }
    }
    guard !gone.isEmpty else { return nil }
    for serial in gone.keys { nodes[serial] = nil }
    return gone.values.contains { now > $0.end } ? RingOuts.lateFade : PlanPublisher.usualRamp
  }
}

extension Session {
  /// Nodes that ring out now.
  package var ringingCount: Int { ringOuts.count }
}
