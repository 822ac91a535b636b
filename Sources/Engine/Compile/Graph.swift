// [control] A patch by index, and with its node instances: input of the router.
import ModuleKit
import PatchKit

/// The nodes and cables that sound, or fade, together.
struct Graph {
  struct Node {
    let instance: NodeInstance
    let id: String
    /// Its signal inputs are one quantum late, because it closes a cycle.
    var isDelayed: Bool
    /// Without new input and notes: it rings out until it is silent.
    var isRinging = false
  }

  struct Cable {
    /// Index of the node; `Graph.unit` for the constant 1 that represents "unpatched" in scaled inputs.
    let source: Int
    let sourcePort: Int
    let destination: Int
    let destinationPort: Int
    var amount: Float
    let gain: CableGain
    /// Its gain may be moving while the plan runs.
    var isMoving: Bool
    let key: CableKey
    /// Frames of its delay, where a parallel path takes longer.
    var delay = 0
  }

  static let unit = -1

  var nodes: [Node] = []
  /// Index of the first node that only fades; nil: none does.
  var firstLeaving: Int?
  var cables: [Cable] = []
  var controls: [ControllerLink] = []
  var voices = 1
  /// Octaves from A4 of each key, not a number for a silent key; empty: equal temperament.
  var tuning: [Float] = []
  /// Groups to render: more than `voices` needs while surplus voices fade out.
  var groups = 1
  /// Gains that change when the plan starts.
  var rampChanges: [(gain: CableGain, target: Float)] = []
  /// Contains nodes, cables or voices that only fade.
  var isUnion = false

  /// For each node, whether its output feeds back to it.
  var nodesInLoops: [Bool] {
    var isInLoop = Array(repeating: false, count: nodes.count)
    // Every cycle passes through a delayed node.
    guard nodes.contains(where: \.isDelayed) else { return isInLoop }
    let edges = cables.filter { $0.source != Graph.unit }.map { ($0.source, $0.destination) }
    for node in GraphShape(count: nodes.count, edges: edges).cyclicComponents().joined() { isInLoop[node] = true }
    return isInLoop
  }

  /// For each node, whether its outputs move at audio rate; false where no adaptive input asks.
  var audioRateNodes: [Bool] {
    let isAsked = cables.contains {
      nodes[$0.destination].instance.descriptor.inputs[$0.destinationPort].reading == .adaptive
    }
    return isAsked ? soundingNodes : Array(repeating: false, count: nodes.count)
  }

  /// For each node, whether its outputs move at audio rate: sources of sound, and what passes it on.
  var soundingNodes: [Bool] {
    var isFast = nodes.map { $0.instance.descriptor.about.rate == .audio }
    var fed: [Int: [Int]] = [:]
    for cable in cables where cable.source != Graph.unit {
      let about = nodes[cable.destination].instance.descriptor.about
      guard about.rate == .follows, about.rateInput.map({ $0 == cable.destinationPort }) ?? true else { continue }
      fed[cable.source, default: []].append(cable.destination)
    }
    var open = nodes.indices.filter { isFast[$0] }
    while let node = open.popLast() {
      for next in fed[node] ?? [] where !isFast[next] {
        isFast[next] = true
        open.append(next)
      }
    }
    return isFast
  }

  /// Returns whether the cable closes a cycle: its signal is one quantum late.
  func isDelayed(_ cable: Cable) -> Bool { nodes[cable.destination].isDelayed && isSignal(cable) }

  /// Both ends, written `node/port`.
  func names(of cable: Cable) -> (from: String, to: String) {
    let to = nodes[cable.destination], input = to.instance.descriptor.inputs[cable.destinationPort].name
    guard cable.source != Graph.unit else { return ("1", "\(to.id)/\(input)") }
    let from = nodes[cable.source], output = from.instance.descriptor.outputs[cable.sourcePort].name
    return ("\(from.id)/\(output)", "\(to.id)/\(input)")
  }
}

/// One port of a node, or of a pack, as a key. `ModuleDescriptor.portLimit` bounds the ports.
struct PortKey: Hashable {
  private let value: Int
  init(_ node: Int, _ port: Int) { value = node &* ModuleDescriptor.portLimit &+ port }
  var word: Int { value }
}

/// Identity of a cable across two graphs.
struct CableKey: Hashable {
  var source: ObjectIdentifier?
  var sourcePort: Int
  var destination: ObjectIdentifier
  var destinationPort: Int
  var isDelayed: Bool

  /// One word instead of six: a commit looks up every cable several times. Ports are below `ModuleDescriptor.portLimit`
  /// and instances are at least 16 bytes apart, so that few keys share a word.
  func hash(into hasher: inout Hasher) {
    let from = source.map { Int(bitPattern: $0) } ?? 0, to = Int(bitPattern: destination)
    hasher.combine(PortKey(from, sourcePort).word &* 31 &+ PortKey(to, destinationPort).word)
  }
}

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
    widenRandomNodes(fed)
  }

  /// Gives each voice random signals of its own, where all that they feed has voices: directly, or through nodes that
  /// would have voices, too.
  private mutating func widenRandomNodes(_ fed: [[Int]]) {
    func canWiden(_ node: Int) -> Bool {
      !nodes[node].isPoly && !nodes[node].isRinging && nodes[node].descriptor.about.voicing == .follows
    }
    let random = nodes.indices.filter { node in
      canWiden(node) && nodes[node].descriptor.isRandom { nodes[node].values[$0] }
    }
    guard !random.isEmpty else { return }
    var behind = reached(from: random, fed, where: canWiden)
    var feeding: [Int: [Int]] = [:]
    for node in behind { for next in fed[node] where behind.contains(next) { feeding[next, default: []].append(node) } }
    // A node that feeds one voice has one, and so has what feeds it.
    var open = behind.filter { node in
      fed[node].isEmpty || fed[node].contains { !nodes[$0].isPoly && !behind.contains($0) }
    }
    behind.subtract(open)
    while let node = open.popFirst() {
      for source in feeding[node] ?? [] where behind.remove(source) != nil { open.insert(source) }
    }
    for node in reached(from: random.filter(behind.contains), fed, where: behind.contains) { nodes[node].isPoly = true }
  }

  /// Some nodes, and those behind them that pass a test.
  private func reached(from first: [Int], _ fed: [[Int]], where isWanted: (Int) -> Bool) -> Set<Int> {
    var found = Set(first), open = first
    while let node = open.popLast() {
      for next in fed[node] where isWanted(next) && found.insert(next).inserted { open.append(next) }
    }
    return found
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

/// The gain of one cable, shared by the plans that contain it.
final class CableGain {
  let ramp: Reference<Ramp>
  /// The delay in the last plan, and whether there has been one.
  var delay = 0, isPublished = false
  /// The delayed signals, by voice group; lines that were too short.
  var lines: [Int: Reference<CompensationLine>] = [:], spent: [Reference<CompensationLine>] = []

  init(at value: Float) {
    ramp = .make(Ramp(at: value))
  }
  deinit {
    ramp.free()
    for line in Array(lines.values) + spent {
      line.pointee.memory.free()
      line.free()
    }
  }
}
