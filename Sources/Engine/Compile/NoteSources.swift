// [control] The note nodes that play a polyphonic node, and runs that are idle together.
import ModuleKit

/// The note nodes that play each node.
struct NoteSources {
  /// Per node: the note nodes that reach it through polyphonic cables, itself included.
  let of: [[Int]]
  /// Per note node: the first of the note nodes that it shares a node with; −1 for other nodes.
  private let clusters: [Int]
  /// The nodes of each cluster, by its first.
  private let members: [Int: [Int]]
  /// Of each node with note parameters: the nodes whose notes set them; nil where no node has any.
  private let setters: [[Int]]?

  init(_ graph: Graph) {
    let isPoly = { graph.nodes[$0].instance.isPoly }
    var of = NoteSources.reached(in: graph, from: isPoly, through: isPoly)
    NoteSources.addRandomNodes(to: &of, in: graph)
    self.of = of
    let hasNoteParameters = graph.nodes.contains { !$0.instance.noteParameters.isEmpty }
    setters = hasNoteParameters ? NoteSources.reached(in: graph, from: { _ in true }, through: graph.hasVoices) : nil
    var parents = of.indices.map { of[$0].contains($0) ? $0 : -1 }
    func root(_ node: Int) -> Int {
      var node = node
      while parents[node] != node {
        parents[node] = parents[parents[node]]
        node = parents[node]
      }
      return node
    }
    for players in of where players.count > 1 {
      for player in players.dropFirst() {
        let (a, b) = (root(players[0]), root(player))
        parents[max(a, b)] = min(a, b)
      }
    }
    let clusters = parents.indices.map { parents[$0] < 0 ? -1 : root($0) }
    self.clusters = clusters
    var members: [Int: [Int]] = [:]
    for (node, cluster) in clusters.enumerated() where cluster >= 0 { members[cluster, default: []].append(node) }
    self.members = members
  }

  /// Of each node: the nodes that take notes and reach it along cables between nodes that `passes` accepts.
  ///
  /// - Parameter isSource: of a node that takes notes, whether it counts.
  private static func reached(
    in graph: Graph, from isSource: (Int) -> Bool, through passes: (Int) -> Bool
  ) -> [[Int]] {
    var fed: [Int: [Int]] = [:]
    for cable in graph.cables where cable.source != Graph.unit && passes(cable.source) && passes(cable.destination) {
      fed[cable.source, default: []].append(cable.destination)
    }
    var sources: [[Int]] = Array(repeating: [], count: graph.nodes.count)
    for source in graph.nodes.indices where graph.nodes[source].instance.notes != nil && isSource(source) {
      var open = [source]
      while let node = open.popLast() {
        guard sources[node].last != source else { continue }
        sources[node].append(source)
        open += fed[node] ?? []
      }
    }
    return sources
  }

  /// A random node that is as wide as the voices is idle together with the voices that it feeds.
  private static func addRandomNodes(to of: inout [[Int]], in graph: Graph) {
    var open = graph.nodes.indices.filter { node in
      let instance = graph.nodes[node].instance
      return instance.isPoly && of[node].isEmpty && instance.descriptor.isRandom { instance.values[$0] }
    }
    guard !open.isEmpty else { return }
    var fed: [Int: [Int]] = [:]
    for cable in graph.cables where cable.source != Graph.unit {
      fed[cable.source, default: []].append(cable.destination)
    }
    var behind: [Int] = [], seen = Set(open), always: Set<Int> = []
    while let node = open.popLast() {
      behind.append(node)
      for next in fed[node] ?? [] where of[next].isEmpty {
        // A node that always runs needs its signals always.
        if !graph.nodes[next].instance.isPoly { always.insert(next) }
        if graph.nodes[next].instance.isPoly && seen.insert(next).inserted { open.append(next) }
      }
    }
    always.formUnion(behind.filter { fed[$0] == nil })
    // Backwards along the cables, until nothing changes: such chains are short.
    var isChanging = true
    while isChanging {
      isChanging = false
      for node in behind.reversed() where !always.contains(node) {
        let next = fed[node] ?? [], players = Set(next.flatMap { of[$0] }).sorted()
        if next.contains(where: always.contains) {
          (of[node], isChanging) = ([], true)
          always.insert(node)
        } else if players != of[node] {
          (of[node], isChanging) = (players, true)
        }
      }
    }
  }

  /// The cluster of the note nodes that play a node; -1: none.
  func cluster(of node: Int) -> Int { of[node].first.map { clusters[$0] } ?? -1 }

  /// The nodes whose notes set the note parameters of a node.
  func setters(of node: Int) -> [Int] { setters?[node] ?? [] }

  /// Silence, in frames, after which the voices that play a node's notes are idle; `Int.max`: never.
  ///
  /// A source, an envelope or a filter that has decayed does not sound again by itself; an effect, which stores sound,
  /// may: its declared tail counts.
  func tailFrames(in graph: Graph, sampleRate: Double) -> (_ node: Int) -> Int {
    let shortest = Int(NoteSources.shortestSilence * sampleRate)
    var frames: [Int: Int] = [:]
    for (node, players) in of.enumerated() {
      let about = graph.nodes[node].instance.descriptor.about
      guard let player = players.first, about.family == .effects else { continue }
      let tail = about.tail.map { Int(Double($0) * sampleRate) } ?? .max
      // The players of one node are of one cluster.
      frames[clusters[player]] = max(frames[clusters[player]] ?? shortest, tail)
    }
    return { [clusters] in frames[clusters[$0]] ?? shortest }
  }

  /// Seconds: longer than a cycle of the lowest tone, and than the delay of a comb filter.
  private static let shortestSilence = 0.1

  struct Run {
    var steps: Range<Int>
    /// The nodes whose notes decide; none: the steps always run.
    var players: [Int]
    /// `everyGroup`: behind the sums of voices.
    var group: Int
    static let everyGroup = -1
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
  func runs(of draft: StepList, in graph: Graph) -> [Run] {
    let groups = draft.groupsAfter, silent = silentSteps(of: draft, in: graph)
    var runs: [Run] = [], last = (cluster: -1, group: 0, isConstant: false, task: 0)
    for (i, step) in draft.steps.enumerated() {
      var place = (cluster: -1, group: 0, isConstant: step.isConstant, task: step.task)
      switch step.kind {
      case .module(let node, let group), .noteParameter(let node, _, let group), .readFeedback(let node, _, let group),
        .writeFeedback(let node, _, let group):
        (place.cluster, place.group) = (cluster(of: node), group)
      case .accumulate(let cable, let group), .compensate(let cable, let group):
        (place.cluster, place.group) = (cluster(of: graph.cables[cable].source), group)
      case .combine(let node, _, _):
        // A combine step belongs to the group of the module step that follows.
        if step.traits.contains(.poly), let group = groups[i] {
          (place.cluster, place.group) = (cluster(of: node), group)
        }
      case .spread, .fold, .total, .gather, .scatter, .pack, .combineEight: break
      }
      if silent[i] >= 0 { (place.cluster, place.group) = (silent[i], Run.everyGroup) }
      if place.cluster < 0 { place.group = 0 }
      if runs.isEmpty || place != last {
        let players = members[place.cluster] ?? []
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

extension StepList {
  /// Of each step: the group of the first step of a node from there on.
  fileprivate var groupsAfter: [Int?] {
    var groups: [Int?] = Array(repeating: nil, count: steps.count), next: Int?
    for (i, step) in steps.enumerated().reversed() {
      switch step.kind {
      case .module(_, let group), .writeFeedback(_, _, let group): next = group
      default: break
      }
      groups[i] = next
    }
    return groups
  }
}

extension NoteSources {
  /// The runs of a plan's steps in memory, and the runs of each task.
  func runs(
    of draft: StepList, in graph: Graph, arena: inout PlanArena
  ) -> (all: Row<StepRun>, tasks: Row<TaskRuns>) {
    let runs = runs(of: draft, in: graph), successors = NoteSources.successors(in: runs)
    var first = 0
    let tasks = draft.tasks.enumerated().map { i, task in
      let end = runs[first...].firstIndex { $0.task != i } ?? runs.count
      defer { first = end }
      return TaskRuns(first: first, end: end, needs: task.needs, home: task.home)
    }
    func notes(_ run: Run) -> [Reference<NoteGroup>] {
      let groups = run.group == Run.everyGroup ? 0..<graph.groups : run.group..<run.group + 1
      return run.players.flatMap { player in groups.map { graph.noteGroup(of: player, $0) } }
    }
    let counts = runs.map { $0.players.count * ($0.group == Run.everyGroup ? graph.groups : 1) }
    var pool = Pool<Reference<NoteGroup>>(for: counts.reduce(0, +), in: &arena)
    let all = arena.copy(
      of: runs.enumerated().map { i, run in
        StepRun(
          first: run.steps.lowerBound, end: run.steps.upperBound, isConstant: run.isConstant,
          nextVarying: successors[i].varying, next: successors[i].other, nextVoiceless: successors[i].voiceless,
          isSum: run.group == Run.everyGroup, notes: pool.add(notes(run)))
      })
    return (all, arena.copy(of: tasks))
  }
}

extension Graph {
  /// One voice group of a note node.
  func noteGroup(of node: Int, _ group: Int) -> Reference<NoteGroup> { nodes[node].instance.notes!.group(group) }
}
