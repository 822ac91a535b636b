// [control] Whose notes a polyphonic node plays.
import ModuleKit

/// The nodes that take notes, by what plays them.
struct NoteSources {
  /// Of each node: the nodes that take notes and reach it through polyphonic cables, itself included.
  let of: [[Int]]
  /// Of each node that takes notes: the first of those that it meets in some node; −1 for other nodes.
  private let clusters: [Int]

  init(_ graph: Graph) {
    var fed: [Int: [Int]] = [:]
    for cable in graph.cables where cable.source != Graph.unit {
      guard graph.nodes[cable.source].instance.isPoly, graph.nodes[cable.destination].instance.isPoly else { continue }
      fed[cable.source, default: []].append(cable.destination)
    }
    var sources: [[Int]] = Array(repeating: [], count: graph.nodes.count)
    for source in graph.nodes.indices {
      let instance = graph.nodes[source].instance
      guard instance.notes != nil, instance.isPoly else { continue }
      var open = [source]
      while let node = open.popLast() {
        guard sources[node].last != source else { continue }
        sources[node].append(source)
        open += fed[node] ?? []
      }
    }
    of = sources
    var clusters = graph.nodes.indices.map { sources[$0].contains($0) ? $0 : -1 }
    for players in sources where players.count > 1 {
      let first = players.map { clusters[$0] }.min()!, joined = Set(players.map { clusters[$0] })
      for node in clusters.indices where joined.contains(clusters[node]) { clusters[node] = first }
    }
    self.clusters = clusters
  }

  /// How long the voices that play a node's notes must be silent before they are idle; `Int.max`: for ever.
  ///
  /// A source, an envelope or a filter whose sound has died away does not come back by itself; an effect, which holds
  /// sound back, may: its stated tail counts.
  func tailFrames(behind node: Int, in graph: Graph, sampleRate: Double) -> Int {
    var frames = Int(NoteSources.shortestSilence * sampleRate)
    for (other, players) in of.enumerated() where players.contains(where: { clusters[$0] == clusters[node] }) {
      let about = graph.nodes[other].instance.descriptor.about
      guard about.family == .effects else { continue }
      guard let tail = about.tail else { return .max }
      frames = max(frames, Int(Double(tail) * sampleRate))
    }
    return frames
  }

  /// Seconds: longer than a cycle of the lowest tone, and than the way through a comb filter.
  private static let shortestSilence = 0.1

  struct Stretch {
    var steps: Range<Int>
    /// The nodes whose notes decide; none: the steps always run.
    var players: [Int]
    var group: Int
    var isStill: Bool
  }

  /// The first stretch behind one that is of other voices; still ones in between are of all.
  static func next(after index: Int, in stretches: [Stretch]) -> Int {
    let one = stretches[index]
    var next = index + 1
    while next < stretches.count,
      stretches[next].isStill || (stretches[next].players == one.players && stretches[next].group == one.group)
    {
      next += 1
    }
    return next
  }

  /// Of each stretch, the next one that runs whoever rests, still ones left out.
  static func nextSteady(in stretches: [Stretch]) -> [Int] {
    var next = Array(repeating: stretches.count, count: stretches.count)
    for i in stretches.indices.dropLast().reversed() {
      next[i] = !stretches[i + 1].isStill && stretches[i + 1].players.isEmpty ? i + 1 : next[i + 1]
    }
    return next
  }

  /// Steps side by side that rest together. Nodes that take notes and meet in some node rest together, too: what one
  /// leaves to the other must be there.
  func stretches(of draft: PlanDraft, in graph: Graph) -> [Stretch] {
    var stretches: [Stretch] = [], last = (cluster: -1, group: 0, isStill: false)
    for (i, step) in draft.steps.enumerated() {
      var place = (cluster: -1, group: 0, isStill: step.isStill)
      switch step.kind {
      case .module(let node, let group), .readLate(let node, _, let group), .writeLate(let node, _, let group):
        (place.cluster, place.group) = (of[node].first.map { clusters[$0] } ?? -1, group)
      case .accumulate(let cable, let group, _):
        (place.cluster, place.group) = (of[graph.cables[cable].source].first.map { clusters[$0] } ?? -1, group)
      case .combine(let node, _, _):
        // What it combines is of the group of the module step that follows.
        if step.isPoly, let group = draft.group(after: i) {
          (place.cluster, place.group) = (of[node].first.map { clusters[$0] } ?? -1, group)
        }
      case .spread, .fold: break
      }
      if place.cluster < 0 { place.group = 0 }
      if stretches.isEmpty || place != last {
        let players = clusters.indices.filter { place.cluster >= 0 && clusters[$0] == place.cluster }
        stretches.append(Stretch(steps: i..<i + 1, players: players, group: place.group, isStill: place.isStill))
        last = place
      } else {
        stretches[stretches.count - 1].steps = stretches.last!.steps.lowerBound..<i + 1
      }
    }
    return stretches
  }
}

extension PlanDraft {
  /// The group of the next step of a node.
  func group(after index: Int) -> Int? {
    for step in steps[index...] {
      switch step.kind {
      case .module(_, let group), .writeLate(_, _, let group): return group
      default: continue
      }
    }
    return nil
  }
}
