// [control] Packs: equal mono nodes that are rendered eight at a time.
import DSP
import ModuleKit

/// Equal nodes of equal chains, in packs of eight, one per lane.
///
/// A node whose inputs come from a pack gets the lane of its source, so that chains that are packed end to end need no
/// transposition in between. The choice of a pack does not affect the sound: each node keeps its own state.
struct Packs {
  /// The nodes of each pack, by lane.
  private(set) var all: [[Int]] = []
  /// Per node: its pack, or −1.
  private(set) var pack: [Int]
  /// Per node: its lane.
  private(set) var lane: [Int]

  /// No packs at all.
  init(none graph: Graph) {
    pack = Array(repeating: -1, count: graph.nodes.count)
    lane = Array(repeating: 0, count: graph.nodes.count)
  }

  /// - Parameters:
  ///   - cables: the cables into a node, by port.
  ///   - order: the nodes, sources first.
  ///   - isByLevel: only nodes with as many packable ones before them share a pack, so that no pack depends on itself.
  ///   - isExcluded: of a node.
  init(
    of graph: Graph, order: [Int], isByLevel: Bool, isExcluded: (Int) -> Bool, cables: (Int) -> ArraySlice<Int>
  ) {
    self.init(none: graph)
    guard order.count >= Voices.count else { return }
    var packable = Array(repeating: false, count: graph.nodes.count)
    var kinds = Array(repeating: 0, count: graph.nodes.count), counts: [Int: Int] = [:]
    for (i, node) in graph.nodes.enumerated() where Packs.canBePacked(node, cables(i), graph) && !isExcluded(i) {
      packable[i] = true
      kinds[i] = Packs.kind(of: node.instance)
      counts[kinds[i], default: 0] += 1
    }
    guard counts.values.contains(where: { $0 >= Voices.count }) else { return }
    for i in packable.indices where packable[i] { packable[i] = counts[kinds[i]]! >= Voices.count }
    let ends = Packs.ends(of: graph, order, kinds, packable, cables)
    let levels = isByLevel ? Packs.levels(of: graph, order, packable, cables) : []
    let fans = Packs.fans(of: graph, kinds, packable, cables)
    var open: [Int: OpenPacks] = [:]
    for node in order where packable[node] {
      var hasher = Hasher(), wanted: Int?
      hasher.combine(kinds[node])
      if isByLevel { hasher.combine(levels[node]) }
      for index in cables(node) {
        let cable = graph.cables[index]
        // A source of several nodes of a kind has no lane in common with them.
        let isShared = cable.source == Graph.unit || fans[Packs.fan(cable, kinds[node]), default: 0] > 1
        let source = isShared ? -1 : pack[cable.source]
        hasher.combine(cable.destinationPort)
        hasher.combine(source)
        guard source >= 0 else { continue }
        hasher.combine(cable.sourcePort)
        wanted = wanted ?? lane[cable.source]
      }
      if wanted == nil {
        // Cheap nodes do not repay the transposition.
        guard graph.nodes[node].instance.descriptor.packing.isHeavy(isMoved: !cables(node).isEmpty) else { continue }
        hasher.combine(ends[node])
      }
      place(node, in: &open[hasher.finalize(), default: OpenPacks()], lane: wanted, graph, cables)
    }
    dissolve()
  }

  /// The packs of one kind, in the order in which they were begun.
  private struct OpenPacks {
    var numbers: [Int] = []
    /// Of each lane, how many of the first packs have a node in it.
    var taken = Array(repeating: 0, count: Voices.count)
    /// Number of complete packs, which come first.
    var whole = 0
  }

  /// Puts a node into the first pack of its kind with a free lane, or into a new one.
  private mutating func place(
    _ node: Int, in open: inout OpenPacks, lane wanted: Int?, _ graph: Graph, _ cables: (Int) -> ArraySlice<Int>
  ) {
    // Equal hashes do not imply equal nodes; the packs of one list are equal.
    if let first = open.numbers.first, let other = all[first].first(where: { $0 >= 0 }),
      !Packs.isEqual(node, other, graph, cables)
    {
      return
    }
    // A lane that is taken stays so: each pack is passed over once.
    if let wanted {
      while open.taken[wanted] < open.numbers.count, all[open.numbers[open.taken[wanted]]][wanted] >= 0 {
        open.taken[wanted] += 1
      }
    } else {
      while open.whole < open.numbers.count, !all[open.numbers[open.whole]].contains(-1) { open.whole += 1 }
    }
    let place = wanted.map { open.taken[$0] } ?? open.whole
    if place < open.numbers.count, let free = wanted ?? all[open.numbers[place]].firstIndex(of: -1) {
      all[open.numbers[place]][free] = node
      (pack[node], lane[node]) = (open.numbers[place], free)
      return
    }
    (pack[node], lane[node]) = (all.count, wanted ?? 0)
    open.numbers.append(all.count)
    all.append(Array(repeating: -1, count: Voices.count))
    all[all.count - 1][wanted ?? 0] = node
  }

  /// Keeps full packs only.
  private mutating func dissolve() {
    var numbers: [Int] = [], kept: [[Int]] = []
    for nodes in all {
      let isWhole = !nodes.contains(-1)
      numbers.append(isWhole ? kept.count : -1)
      if isWhole { kept.append(nodes) }
    }
    for node in pack.indices where pack[node] >= 0 { pack[node] = numbers[pack[node]] }
    all = kept
  }

  private static func canBePacked(_ node: Graph.Node, _ cables: ArraySlice<Int>, _ graph: Graph) -> Bool {
    let instance = node.instance
    guard !instance.isPoly, !node.isDelayed, instance.sounds.isEmpty, instance.noteParameters.isEmpty else {
      return false
    }
    switch instance.descriptor.packing {
    case .none: return false
    case .eight(_, let form) where !form.canBeMoved: return cables.allSatisfy { graph.isSignal(graph.cables[$0]) }
    default: break
    }
    // A setting is shared by all lanes; no cable modulates it.
    return true
  }

  /// A hash of the module and its settings.
  private static func kind(of instance: NodeInstance) -> Int {
    var hasher = Hasher()
    hasher.combine(instance.descriptor.name)
    for (port, spec) in instance.descriptor.inputs.enumerated() where spec.isSetting {
      hasher.combine(instance.values[port])
    }
    return hasher.finalize()
  }

  /// Per node: a hash of the chain that follows it, as long as each node feeds one other.
  private static func ends(
    of graph: Graph, _ order: [Int], _ kinds: [Int], _ packable: [Bool], _ cables: (Int) -> ArraySlice<Int>
  ) -> [Int] {
    var ends = Array(repeating: 0, count: graph.nodes.count)
    for node in order.reversed() where packable[node] {
      let signals = cables(node).filter { graph.isSignal(graph.cables[$0]) }
      guard signals.count == 1, graph.cables[signals[0]].source != Graph.unit else { continue }
      let cable = graph.cables[signals[0]]
      var hasher = Hasher()
      hasher.combine(kinds[node])
      hasher.combine(ends[node])
      hasher.combine(cable.sourcePort)
      // A sum does not depend on the order of its terms.
      ends[cable.source] &+= hasher.finalize()
    }
    return ends
  }

  /// The number of nodes of a kind that each output feeds, per input.
  private static func fans(
    of graph: Graph, _ kinds: [Int], _ packable: [Bool], _ cables: (Int) -> ArraySlice<Int>
  ) -> [Fan: Int] {
    var fans: [Fan: Int] = [:]
    for node in packable.indices where packable[node] {
      for index in cables(node) where graph.cables[index].source != Graph.unit {
        fans[fan(graph.cables[index], kinds[node]), default: 0] += 1
      }
    }
    return fans
  }

  /// An output, and an input of a kind that it feeds.
  private struct Fan: Hashable {
    let output: PortKey
    let input: Int
    let kind: Int
  }
  private static func fan(_ cable: Graph.Cable, _ kind: Int) -> Fan {
    Fan(output: PortKey(cable.source, cable.sourcePort), input: cable.destinationPort, kind: kind)
  }

  /// Per node: the greatest number of packable nodes on a path to it.
  private static func levels(
    of graph: Graph, _ order: [Int], _ packable: [Bool], _ cables: (Int) -> ArraySlice<Int>
  ) -> [Int] {
    var levels = Array(repeating: 0, count: graph.nodes.count)
    for node in order {
      for index in cables(node) where graph.cables[index].source != Graph.unit && !graph.isDelayed(graph.cables[index])
      {
        let source = graph.cables[index].source
        levels[node] = max(levels[node], levels[source] + (packable[source] ? 1 : 0))
      }
    }
    return levels
  }

  /// Returns whether two nodes have the same code, settings and patched inputs.
  private static func isEqual(_ a: Int, _ b: Int, _ graph: Graph, _ cables: (Int) -> ArraySlice<Int>) -> Bool {
    let one = graph.nodes[a].instance, other = graph.nodes[b].instance
    guard one.descriptor.name == other.descriptor.name, one.descriptor.generation == other.descriptor.generation
    else { return false }
    for (port, spec) in one.descriptor.inputs.enumerated()
    where spec.isSetting && one.values[port] != other.values[port] { return false }
    func ports(_ node: Int) -> Set<Int> { Set(cables(node).lazy.map { graph.cables[$0].destinationPort }) }
    return ports(a) == ports(b)
  }
}

extension Packing {
  /// Returns whether lanes pay off even where signals must be transposed.
  fileprivate func isHeavy(isMoved: Bool) -> Bool {
    switch self {
    case .none, .pure: false
    case .eight(_, let form): form.hasState && (isMoved || form.isHeavyWhenConstant)
    }
  }
}

extension ParamSpec {
  /// Discrete choices, which must be equal in all lanes.
  package var isSetting: Bool {
    switch type {
    case .signal, .float: false
    case .int, .bool, .choice, .file: !isPatchable
    }
  }
}
