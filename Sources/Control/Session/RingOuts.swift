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

  struct Node {
    var node: PatchNode
    /// Who hears it: serials of nodes, with the amounts.
    var cables: [(port: String, destination: Int, input: String, amount: Float)]
    /// Seconds of silence before it is taken for the end: an echo pauses.
    var pause: Double
    /// The frame at which it was last heard, and the last that it may sound.
    var lastHeard: Int
    var end: Int
  }
  /// By serial.
  var nodes: [Int: Node] = [:]

  var isEmpty: Bool { nodes.isEmpty }
  /// A name that no node can have.
  static func name(_ serial: Int) -> String { "(ringing \(serial))" }

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
}

extension Session {
  /// The ring-outs once the draft sounds: what was marked joins them; what came back, or is not heard by anything any
  /// more, leaves them.
  func ringOuts(after draft: Draft, at frame: Int?) -> RingOuts {
    var after = ringOuts
    let start = max(engine.frame, frame ?? 0)
    for serial in draft.ringing where committed.serials.contains(where: { $0.value == serial }) {
      after.nodes[serial] = ringOut(serial, from: start)
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
          || node.cables.contains {
            present.contains($0.destination) || after.nodes[$0.destination] != nil
          }
        let feedsRinging = node.cables.contains { after.nodes[$0.destination] != nil }
        if !isHeard || !feedsRinging && soundsOfItself(node.node) { after.nodes[serial] = nil }
      }
    }
    return after
  }

  /// Nodes that ring out now.
  package var ringingCount: Int { ringOuts.nodes.count }

  private func ringOut(_ serial: Int, from start: Int) -> RingOuts.Node? {
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
    return RingOuts.Node(
      node: node, cables: cables, pause: pause, lastHeard: start,
      end: start + Int(RingOuts.longest * engine.sampleRate))
  }

  private func soundsOfItself(_ node: PatchNode) -> Bool {
    guard let module = registry[node.type] else { return true }
    return module.about.tail == nil && !module.inputs.contains { $0.type == .signal || $0.type == .bool }
  }

  /// Takes out the nodes that have become silent, those that feed others last.
  func tickRingOuts() {
    guard !ringOuts.isEmpty else { return }
    let now = engine.frame
    let isOver = ringOuts.nodes.filter { _, node in
      now > node.end || Double(now - node.lastHeard) > node.pause * engine.sampleRate
    }
    let gone = isOver.filter { _, node in
      node.cables.allSatisfy { ringOuts.nodes[$0.destination] == nil || isOver[$0.destination] != nil }
    }
    guard !gone.isEmpty else { return }
    for serial in gone.keys { ringOuts.nodes[serial] = nil }
    let isLate = gone.values.contains { now > $0.end }
    try? recompile(ramp: isLate ? 0.5 : PlanPublisher.usualRamp)
  }
}
