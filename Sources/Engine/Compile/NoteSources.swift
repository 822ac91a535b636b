// [control] The note nodes that play a polyphonic node, and runs that are idle together.
import ModuleKit

/// The note nodes that play each node.
struct NoteSources {
  /// Per node: the note nodes that reach it through polyphonic cables, itself included.
  let of: [[Int]]
  /// Per note node: the first of the note nodes that it shares a node with; −1 for other nodes.
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

  /// Silence, in frames, after which the voices that play a node's notes are idle; `Int.max`: never.
  ///
  /// A source, an envelope or a filter that has decayed does not sound again by itself; an effect, which stores sound,
  /// may: its declared tail counts.
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

  /// Seconds: longer than a cycle of the lowest tone, and than the delay of a comb filter.
  private static let shortestSilence = 0.1

  struct Run {
    var steps: Range<Int>
    /// The nodes whose notes decide; none: the steps always run.
    var players: [Int]
    var group: Int
    var isConstant: Bool
    var task: Int
  }

  /// For each run: the next varying one, the next varying one of other voices, and the next one that belongs to no
  /// voice; one beyond the last where there is none.
  static func successors(in runs: [Run]) -> [(varying: Int, other: Int, voiceless: Int)] {
    let end = runs.count
    var all = Array(repeating: (varying: end, other: end, voiceless: end), count: end)
    for i in runs.indices.dropLast().reversed() {
      let next = runs[i + 1]
      all[i] = all[i + 1]
      guard !next.isConstant else { continue }
      all[i].varying = i + 1
      if next.players.isEmpty { all[i].voiceless = i + 1 }
    }
    // Runs of the same voices as this one, or as its successor, are skipped.
    for i in runs.indices.reversed() where all[i].varying < end {
      let next = all[i].varying
      let isSame = runs[next].players == runs[i].players && runs[next].group == runs[i].group
      all[i].other = isSame ? all[next].other : next
    }
    return all
  }

  /// Adjacent steps that are idle together. Note nodes that meet in some node are idle together, too: each one's
  /// outputs must be valid when the other plays.
  func runs(of draft: PlanDraft, in graph: Graph) -> [Run] {
    var runs: [Run] = [], last = (cluster: -1, group: 0, isConstant: false, task: 0)
    for (i, step) in draft.steps.enumerated() {
      var place = (cluster: -1, group: 0, isConstant: step.isConstant, task: step.task)
      switch step.kind {
      case .module(let node, let group), .noteParameter(let node, _, let group), .readFeedback(let node, _, let group),
        .writeFeedback(let node, _, let group):
        (place.cluster, place.group) = (of[node].first.map { clusters[$0] } ?? -1, group)
      case .accumulate(let cable, let group):
        (place.cluster, place.group) = (of[graph.cables[cable].source].first.map { clusters[$0] } ?? -1, group)
      case .combine(let node, _, _):
        // A combine step belongs to the group of the module step that follows.
        if step.isPoly, let group = draft.group(after: i) {
          (place.cluster, place.group) = (of[node].first.map { clusters[$0] } ?? -1, group)
        }
      case .spread, .fold, .total, .gather, .scatter, .pack, .combineEight: break
      }
      if place.cluster < 0 { place.group = 0 }
      if runs.isEmpty || place != last {
        let players = place.cluster < 0 ? [] : clusters.indices.filter { clusters[$0] == place.cluster }
        runs.append(
          Run(
            steps: i..<i + 1, players: players, group: place.group, isConstant: place.isConstant, task: place.task))
        last = place
      } else {
        runs[runs.count - 1].steps = runs.last!.steps.lowerBound..<i + 1
      }
    }
    return runs
  }
}

extension PlanDraft {
  /// The group of the next step of a node.
  func group(after index: Int) -> Int? {
    for step in steps[index...] {
      switch step.kind {
      case .module(_, let group), .writeFeedback(_, _, let group): return group
      default: continue
      }
    }
    return nil
  }
}

extension NoteSources {
  /// The runs of a plan's steps in memory, and the runs of each task.
  func runs(
    of draft: PlanDraft, in graph: Graph, arena: inout PlanArena
  ) -> (all: UnsafeMutableBufferPointer<StepRun>, tasks: UnsafeMutableBufferPointer<TaskRuns>) {
    let runs = runs(of: draft, in: graph), successors = NoteSources.successors(in: runs)
    var first = 0
    let tasks = draft.tasks.enumerated().map { i, task in
      let end = runs[first...].firstIndex { $0.task != i } ?? runs.count
      defer { first = end }
      return TaskRuns(first: first, end: end, needs: task.needs, home: task.home)
    }
    var link = arena.room(
      for: runs.reduce(0) { $0 + $1.players.count }, of: UnsafeMutablePointer<NoteGroup>.self
    ).baseAddress
    let all = arena.copy(
      of: runs.enumerated().map { i, run in
        StepRun(
          first: run.steps.lowerBound, end: run.steps.upperBound, isConstant: run.isConstant,
          nextVarying: successors[i].varying, next: successors[i].other, nextVoiceless: successors[i].voiceless,
          notes: writeNotes(of: run.players, run.group, of: graph, into: &link), noteCount: run.players.count)
      })
    return (all, arena.copy(of: tasks))
  }

  /// Writes the note groups of each player, and advances the pointer.
  func writeNotes(
    of players: [Int], _ group: Int, of graph: Graph,
    into link: inout UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>>?
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>> {
    // An empty list is never read.
    guard let first = link else { return UnsafeMutablePointer(bitPattern: 8)! }
    for player in players {
      link!.initialize(to: graph.nodes[player].instance.notes!.group(group))
      link! += 1
    }
    return first
  }
}
