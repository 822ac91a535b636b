// [audio] Several threads for one plan: who takes which task.
import CRealtime
import ModuleKit
import Synchronization

/// The threads that render a plan together: the audio thread, number 0, and workers.
///
/// For each chunk the audio thread lays out the plan's tasks. Whoever is free takes one that is ready, its own first;
/// the audio thread goes on when all are done. Nobody holds anything that another waits for, but a task that it
/// renders: where no worker comes, the audio thread does everything itself.
///
/// What a worker reads before it has taken a task lies here, not in the plan: a worker that was held up may look when
/// the plan is gone. It cannot take anything then, for with each chunk the round changes.
final class WorkerTeam: @unchecked Sendable {
  /// Threads, audio thread included.
  static let limit = 16
  /// Audio thread included.
  let threads: Int
  let rest = WorkerRest()
  /// Periods in which a worker was waited for beyond the time that there was.
  let lateCount = Atomic<Int>(0)
  /// Tasks that were rendered by workers which have left.
  let helpCount = Atomic<Int>(0)

  // Each in cache lines of its own.
  private let board: UnsafeMutablePointer<Atomic<UInt64>>
  private let chunk: UnsafeMutablePointer<Chunk>
  /// Of each task, those that must be done before.
  private let needs: UnsafeMutablePointer<Atomic<UInt32>>
  /// Of each thread, its own tasks.
  private let homes: UnsafeMutablePointer<Atomic<UInt32>>
  private let bell: UnsafeMutablePointer<Atomic<UInt32>>
  /// The audio thread sleeps until the bell rings.
  private let isAwaited = Atomic<Bool>(false)

  // The audio thread's own
  private var round: UInt32 = 0
  private var all: UInt32 = 0
  private var learned = -1
  private var isCounted = false
  /// Workers may come in this period.
  private(set) var isCalled = false

  /// What is rendered; written while nobody has a task.
  private struct Chunk {
    var steps: UnsafeMutablePointer<Step>
    var tasks: UnsafeMutablePointer<TaskRuns>
    var way: PlanWay
    var context: UnsafePointer<RenderContext>
  }

  init(threads: Int) {
    self.threads = threads
    let lines = UnsafeMutableRawPointer.allocate(byteCount: 8 * 64 + WorkerTeam.limit * 4, alignment: 64)
    board = lines.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
    bell = (lines + 64).bindMemory(to: Atomic<UInt32>.self, capacity: 1)
    chunk = (lines + 128).bindMemory(to: Chunk.self, capacity: 1)
    needs = (lines + 256).bindMemory(to: Atomic<UInt32>.self, capacity: TaskCut.limit)
    homes = (lines + 512).bindMemory(to: Atomic<UInt32>.self, capacity: WorkerTeam.limit)
    board.initialize(to: Atomic(TaskBoard(round: 0, tasks: 0).word))
    bell.initialize(to: Atomic(0))
    for i in 0..<TaskCut.limit { (needs + i).initialize(to: Atomic(0)) }
    for i in 0..<WorkerTeam.limit { (homes + i).initialize(to: Atomic(0)) }
  }

  deinit { UnsafeMutableRawPointer(board).deallocate() }

  // MARK: The audio thread

  /// A period begins: the workers had better be there.
  func begin(frames: Int, sampleRate: Double) {
    isCounted = false
    isCalled = true
    rest.begin(frames: frames, sampleRate: sampleRate)
  }

  func finish() {
    isCalled = false
    rest.finish()
  }

  /// Renders a chunk of the plan, with whoever is there.
  func share(_ plan: UnsafeMutablePointer<PlanMemory>, _ way: PlanWay, _ context: UnsafePointer<RenderContext>) {
    if learned != plan.pointee.id { learn(plan) }
    chunk.initialize(
      to: Chunk(
        steps: plan.pointee.steps.baseAddress!, tasks: plan.pointee.tasks.baseAddress!, way: way, context: context))
    round &+= 1
    var seen = TaskBoard(round: round, tasks: all)
    board.pointee.store(seen.word, ordering: .releasing)
    while true {
      if let task = take(0, &seen) {
        render(task, &seen)
      } else if seen.isDone {
        return
      } else {
        waitForOthers()
        seen = look()
      }
    }
  }

  /// The tasks of another plan, while nobody has one.
  private func learn(_ plan: UnsafeMutablePointer<PlanMemory>) {
    learned = plan.pointee.id
    let tasks = plan.pointee.tasks
    all = (1 << UInt32(tasks.count)) - 1
    for thread in 0..<threads {
      var own: UInt32 = 0
      for i in 0..<tasks.count where tasks[i].home == thread { own |= 1 << UInt32(i) }
      homes[thread].store(own, ordering: .relaxed)
    }
    for i in 0..<tasks.count { needs[i].store(tasks[i].needs, ordering: .relaxed) }
  }

  /// A worker renders something. Whoever looks at it goes to sleep after a while: the worker may need the very
  /// processor on which the audio thread looks.
  private func waitForOthers() {
    for _ in 0..<WorkerTeam.looks {
      weft_relax()
      if !isWaiting { return }
    }
    let now = weft_nanoseconds(), due = rest.deadline
    if now >= due && !isCounted {
      isCounted = true
      lateCount.add(1, ordering: .relaxed)
    }
    let rung = bell.pointee.load(ordering: .relaxed)
    isAwaited.store(true, ordering: .sequentiallyConsistent)
    if isWaiting { weft_sleep_while(WorkerTeam.word(bell), rung, now < due ? due - now : 1_000_000) }
    isAwaited.store(false, ordering: .relaxed)
  }

  /// About twenty microseconds.
  private static let looks = 500

  /// There is nothing to take for the audio thread, but not everything is done.
  private var isWaiting: Bool {
    let seen = look()
    return !seen.isDone && next(0, seen) == nil
  }

  // MARK: All threads

  private func look() -> TaskBoard { TaskBoard(word: board.pointee.load(ordering: .sequentiallyConsistent)) }

  /// A task that nobody has and that can be rendered now; nil where there is none.
  ///
  /// - Parameter seen: how the board was when last looked at.
  private func take(_ thread: Int, _ seen: inout TaskBoard) -> Int? {
    while let task = next(thread, seen) {
      let taken = board.pointee.compareExchange(
        expected: seen.word, desired: seen.word | TaskBoard.taken(task), ordering: .acquiringAndReleasing)
      seen = TaskBoard(word: taken.original)
      if taken.exchanged { return task }
    }
    return nil
  }

  /// The thread's own tasks come first.
  @inline(__always)
  private func next(_ thread: Int, _ seen: TaskBoard) -> Int? {
    if seen.open == 0 { return nil }
    let own = homes[thread].load(ordering: .relaxed)
    return next(of: seen.open & own, seen) ?? next(of: seen.open & ~own, seen)
  }

  @inline(__always)
  private func next(of open: UInt32, _ seen: TaskBoard) -> Int? {
    var open = open
    while open != 0 {
      let task = open.trailingZeroBitCount
      if needs[task].load(ordering: .relaxed) & ~seen.done == 0 { return task }
      open &= open &- 1
    }
    return nil
  }

  private func render(_ task: Int, _ seen: inout TaskBoard) {
    var way = chunk.pointee.way
    way.first = chunk.pointee.tasks[task].first
    way.end = chunk.pointee.tasks[task].end
    way.run(chunk.pointee.steps, chunk.pointee.context)
    seen = TaskBoard(word: board.pointee.bitwiseOr(TaskBoard.done(task), ordering: .sequentiallyConsistent).newValue)
    guard isAwaited.load(ordering: .sequentiallyConsistent) else { return }
    bell.pointee.add(1, ordering: .sequentiallyConsistent)
    weft_wake(WorkerTeam.word(bell))
  }

  // MARK: Workers

  /// What a worker's thread does, until it is dismissed.
  func work(as thread: Int) {
    _ = weft_flush_denormals()
    rest.enter()
    var looks = 0, done = 0
    while !rest.isDismissed {
      weft_realtime_enter()
      var seen = look()
      while let task = take(thread, &seen) {
        render(task, &seen)
        looks = 0
        done += 1
      }
      weft_realtime_exit()
      rest.pause(&looks)
    }
    helpCount.add(done, ordering: .relaxed)
    rest.leave()
  }

  static func word(_ atomic: UnsafeMutablePointer<Atomic<UInt32>>) -> UnsafePointer<UInt32> {
    UnsafeRawPointer(atomic).assumingMemoryBound(to: UInt32.self)
  }
}
