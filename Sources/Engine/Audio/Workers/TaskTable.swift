// [audio] The tasks of a block: which are claimed, which are done.
import ModuleKit
import Synchronization

/// The tasks of the present block, shared by all rendering threads.
///
/// Data that a worker reads before it has claimed a task is here, not in the plan: a delayed worker may look after the
/// plan has been freed. It cannot claim anything then, since the round changes with each block.
final class TaskTable: @unchecked Sendable {
  private let threads: Int
  // Each in cache lines of its own.
  private let bits = OwnedReference(inLine: Atomic<UInt64>(TaskBits(round: 0, tasks: 0).word))
  /// Per task: the tasks that must be done before.
  private let needs = OwnedRow(Row.lines(for: Partition.limit).initialize { _ in Atomic<UInt32>(0) })
  /// Per thread: its own tasks.
  private let homes: OwnedRow<Atomic<UInt32>>
  // Audio thread only
  private var round: UInt32 = 0
  private var all: UInt32 = 0
  private var learned = -1

  init(threads: Int) {
    self.threads = threads
    homes = OwnedRow(Row.lines(for: threads).initialize { _ in Atomic(0) })
  }

  /// [audio thread] Publishes the tasks of a plan, all unclaimed.
  func begin(_ plan: Reference<Plan>) -> TaskBits {
    if learned != plan.pointee.id { learn(plan) }
    round &+= 1
    let fresh = TaskBits(round: round, tasks: all)
    bits.pointee.store(fresh.word, ordering: .releasing)
    return fresh
  }

  private func learn(_ plan: Reference<Plan>) {
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

  func look() -> TaskBits { TaskBits(word: bits.pointee.load(ordering: .sequentiallyConsistent)) }

  /// Claims a task that is ready; nil where there is none.
  ///
  /// - Parameter seen: the state of the table when last read.
  func claim(_ thread: Int, _ seen: inout TaskBits) -> Int? {
    while let task = next(thread, seen) {
      let taken = bits.pointee.compareExchange(
        expected: seen.word, desired: seen.word | TaskBits.taken(task), ordering: .acquiringAndReleasing)
      seen = TaskBits(word: taken.original)
      if taken.exchanged { return task }
    }
    return nil
  }

  /// Marks a task as done; its outputs are visible to all threads.
  func finish(_ task: Int) -> TaskBits {
    TaskBits(word: bits.pointee.bitwiseOr(TaskBits.done(task), ordering: .sequentiallyConsistent).newValue)
  }

  /// The best task for a thread; its own come first.
  @inline(__always)
  func next(_ thread: Int, _ seen: TaskBits) -> Int? {
    if seen.open == 0 { return nil }
    let own = homes[thread].load(ordering: .relaxed)
    return next(of: seen.open & own, seen) ?? next(of: seen.open & ~own, seen)
  }

  @inline(__always)
  private func next(of open: UInt32, _ seen: TaskBits) -> Int? {
    var open = open
    while open != 0 {
      let task = open.trailingZeroBitCount
      if needs[task].load(ordering: .relaxed) & ~seen.done == 0 { return task }
      open &= open &- 1
    }
    return nil
  }
}

/// From the top: 24 bits of the round, which changes with each block; a bit for each finished task; a bit for each
/// claimed task. Absent tasks have both bits set.
///
/// A round number repeats after 16 million blocks, some hours: no thread is delayed for so long.
struct TaskBits {
  let word: UInt64

  private static let bits = UInt64(Partition.limit), all = UInt64(1) << bits - 1

  init(word: UInt64) { self.word = word }

  /// - Parameter tasks: the tasks of the plan, a bit each.
  init(round: UInt32, tasks: UInt32) {
    let absent = TaskBits.all & ~UInt64(tasks)
    word = UInt64(round) << (2 * TaskBits.bits) | absent << TaskBits.bits | absent
  }

  static func taken(_ task: Int) -> UInt64 { 1 << UInt64(task) }
  static func done(_ task: Int) -> UInt64 { 1 << (bits + UInt64(task)) }

  @inline(__always) private var taken: UInt32 { UInt32(truncatingIfNeeded: word & TaskBits.all) }
  @inline(__always) var done: UInt32 { UInt32(truncatingIfNeeded: word >> TaskBits.bits & TaskBits.all) }
  /// Unclaimed tasks.
  @inline(__always) var open: UInt32 { UInt32(TaskBits.all) & ~taken }
  @inline(__always) var isDone: Bool { done == UInt32(TaskBits.all) }
}
