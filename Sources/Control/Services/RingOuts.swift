import Engine
import ModuleKit
import PatchKit

/// Ring-outs: deleted nodes without input that stay until they are silent.
///
/// They are not part of the patch: neither listed nor saved; an undo restores them with their state.
struct RingOuts {
  /// Maximum seconds before a ring-out is faded.
  static let longest = 60.0
  /// Level of silence: −100 dB.
  static let silence: Float = 1e-5
  /// Maximum number of ring-outs.
  static let limit = 16
  /// Seconds of that fade.
  private static let lateFade = 0.5

  private struct Node {
    var node: PatchNode
    /// Its cables, with the serials of their destinations.
    var cables: [(port: String, destination: Int, input: String, amount: Float)]
    /// Seconds of silence that end the ring-out; longer than the gaps of an echo.
    var pause: Double
    /// The frame at which it was last audible, and its last possible frame.
    var lastAudible: Int
    var end: Int
  }
  private var nodes: [Int: Node] = [:]

  var isEmpty: Bool { nodes.isEmpty }
  var count: Int { nodes.count }
  var serials: some Collection<Int> { nodes.keys }

  /// An id that no node can have.
  static func name(_ serial: Int) -> String { "(ringing \(serial))" }

  /// Processes the measured peak of a node.
  mutating func measured(_ serial: Int, _ peak: Float, at frame: Int) {
    if peak > RingOuts.silence { nodes[serial]?.lastAudible = frame }
  }

  /// A draft for compilation, with the ring-outs added.
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

  /// The ring-outs after a draft has become the committed patch: deleted nodes marked to ring out are added; nodes that
  /// are restored, or that feed nothing any more, are removed.
  func after(
    _ committed: Draft, replacedBy draft: Draft, at frame: Int, in registry: Registry, sampleRate: Double
  ) -> RingOuts {
    var after = self
    for serial in draft.ringing where committed.serials.contains(where: { $0.value == serial }) {
      after.nodes[serial] = RingOuts.node(serial, of: committed, from: frame, in: registry, sampleRate)
    }
    let present = Set(draft.serials.values)
    for serial in after.nodes.keys where present.contains(serial) { after.nodes[serial] = nil }
    // Removes sources, which would never fall silent, and nodes that feed only removed ones.
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
    let times = module.inputs.filter { $0.isParameter && ($0.unit == .seconds || $0.unit == .milliseconds) }
    let pause = times.reduce(0.25) {
      $0 + Double(node.value(of: $1)) * ($1.unit == .milliseconds ? 0.001 : 1)
    }
    return Node(
      node: node, cables: cables, pause: pause, lastAudible: start, end: start + Int(longest * sampleRate))
  }

  private static func soundsOfItself(_ node: PatchNode, in registry: Registry) -> Bool {
    guard let module = registry[node.type] else { return true }
    return module.about.tail == nil && !module.inputs.contains { $0.type == .signal || $0.type == .bool }
  }

  /// Removes ring-outs that have become silent; those that feed others last.
  ///
  /// - Returns: the ramp in seconds for compiling the rest; nil if none was removed.
  mutating func removeSilent(at now: Int, sampleRate: Double) -> Double? {
    guard !nodes.isEmpty else { return nil }
    let isOver = nodes.filter { _, node in
      now > node.end || Double(now - node.lastAudible) > node.pause * sampleRate
    }
    let gone = isOver.filter { _, node in
      node.cables.allSatisfy { nodes[$0.destination] == nil || isOver[$0.destination] != nil }
    }
    guard !gone.isEmpty else { return nil }
    for serial in gone.keys { nodes[serial] = nil }
    return gone.values.contains { now > $0.end } ? RingOuts.lateFade : PlanPublisher.usualRamp
  }
}
