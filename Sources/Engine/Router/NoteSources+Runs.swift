// [control] The stretches of a plan in memory.
import ModuleKit

extension NoteSources {
  /// The stretches of a plan's steps that rest together, in memory, and which of them are each task's.
  func runs(
    of draft: PlanDraft, in graph: Graph, arena: inout PlanArena
  ) -> (all: UnsafeMutableBufferPointer<StepRun>, tasks: UnsafeMutableBufferPointer<TaskRuns>) {
    let stretches = stretches(of: draft, in: graph), successors = NoteSources.successors(in: stretches)
    var first = 0
    let tasks = draft.tasks.enumerated().map { i, task in
      let end = stretches[first...].firstIndex { $0.task != i } ?? stretches.count
      defer { first = end }
      return TaskRuns(first: first, end: end, needs: task.needs, home: task.home)
    }
    var link = arena.room(
      for: stretches.reduce(0) { $0 + $1.players.count }, of: UnsafeMutablePointer<NoteGroup>.self
    ).baseAddress
    let all = arena.copy(
      of: stretches.enumerated().map { i, stretch in
        StepRun(
          first: stretch.steps.lowerBound, end: stretch.steps.upperBound, isConstant: stretch.isConstant,
          nextVarying: successors[i].varying, next: successors[i].other, nextVoiceless: successors[i].voiceless,
          notes: lay(stretch.players, stretch.group, of: graph, into: &link), noteCount: stretch.players.count)
      })
    return (all, arena.copy(of: tasks))
  }

  /// Writes down the notes of a group of each player, and moves on.
  func lay(
    _ players: [Int], _ group: Int, of graph: Graph,
    into link: inout UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>>?
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>> {
    // Nothing is read through an empty list.
    guard let first = link else { return UnsafeMutablePointer(bitPattern: 8)! }
    for player in players {
      link!.initialize(to: graph.nodes[player].instance.notes!.group(group))
      link! += 1
    }
    return first
  }
}
