// [audio] Several threads that render one plan.
import CRealtime
import ModuleKit
import Synchronization

/// The threads that render a plan together: the audio thread, number 0, and workers.
///
/// For each block the audio thread publishes the plan's tasks. A free thread claims one that is ready, its own first;
/// the audio thread continues when all are done. No thread blocks another except by a task that it renders: without
/// workers, the audio thread does everything itself.
final class WorkerPool: @unchecked Sendable {
  /// Threads, audio thread included.
  static let limit = 16
  /// Audio thread included.
  let threads: Int
  let sleep = WorkerSleep()
  /// Periods in which the audio thread waited for a worker beyond the deadline.
  let lateCount = Atomic<Int>(0)
  /// Tasks rendered by workers, updated now and then.
  let helpCount = Atomic<Int>(0)

  private let table: TaskTable
  private let block = OwnedRow<Block>(.lines(for: 1))
  /// Futex on which the audio thread sleeps.
  private let bell = OwnedReference(inLine: Atomic<UInt32>(0))
  private let isAwaited = Atomic<Bool>(false)

  // Audio thread only
  private var isCounted = false
  /// Workers may join in this period.
  private(set) var isCalled = false

  /// The block to render; written while no task is claimed.
  private struct Block {
    var plan: Reference<Plan>
    var pass: PlanPass
    var context: Reference<RenderContext>
    var isMeasured: Bool
    var isShown: Bool
  }

  private unowned(unsafe) let audio: AudioState

  init(of audio: AudioState, threads: Int) {
    self.audio = audio
    self.threads = threads
    table = TaskTable(threads: threads)
  }

  // MARK: The audio thread

  /// Begins a period: wakes the workers.
  func begin(frames: Int, sampleRate: Double) {
    isCounted = false
    isCalled = true
    sleep.begin(frames: frames, sampleRate: sampleRate)
  }

  func finish() {
    isCalled = false
    sleep.finish()
  }

  /// Renders a block of the plan together with the workers.
  func share(
    _ plan: Reference<Plan>, _ pass: PlanPass, _ context: Reference<RenderContext>, isMeasured: Bool,
    isShown: Bool
  ) {
    block.row()[0] = Block(plan: plan, pass: pass, context: context, isMeasured: isMeasured, isShown: isShown)
    var seen = table.begin(plan)
    while true {
      if let task = table.claim(0, &seen) {
        seen = render(task, as: 0)
      } else if seen.isDone {
        return
      } else {
        waitForOthers()
        seen = table.look()
      }
    }
  }

  /// Waits while a worker renders. Spins only briefly: the worker may need the very core on which the audio thread
  /// spins.
  private func waitForOthers() {
    for _ in 0..<WorkerPool.looks {
      weft_relax()
      if !isWaiting { return }
    }
    let now = weft_nanoseconds(), due = sleep.deadline
    if now >= due && !isCounted {
      isCounted = true
      lateCount.add(1, ordering: .relaxed)
    }
    let rung = bell.pointee.load(ordering: .relaxed)
    isAwaited.store(true, ordering: .sequentiallyConsistent)
    if isWaiting { weft_sleep_while(bell.reference().futex, rung, now < due ? due - now : 1_000_000) }
    isAwaited.store(false, ordering: .relaxed)
  }

  /// About twenty microseconds.
  private static let looks = 500

  /// No task is left to claim, but not all are done.
  private var isWaiting: Bool {
    let seen = table.look()
    return !seen.isDone && table.next(0, seen) == nil
  }

  // MARK: All threads

  private func render(_ task: Int, as thread: Int) -> TaskBits {
    let plan = block[0].plan
    var pass = block[0].pass
    pass.first = plan.pointee.tasks[task].first
    pass.end = plan.pointee.tasks[task].end
    audio.run(
      pass, of: plan, block[0].context, isMeasured: block[0].isMeasured, isShown: block[0].isShown,
      thread: thread)
    let seen = table.finish(task)
    if isAwaited.load(ordering: .sequentiallyConsistent) {
      bell.pointee.add(1, ordering: .sequentiallyConsistent)
      weft_wake(bell.reference().futex)
    }
    return seen
  }

  // MARK: Workers

  /// Body of a worker's thread, until it is dismissed.
  func work(as thread: Int) {
    _ = weft_flush_denormals()
    sleep.enter()
    var looks = 0, done = 0
    while !sleep.isDismissed {
      weft_realtime_enter()
      var seen = table.look()
      while let task = table.claim(thread, &seen) {
        seen = render(task, as: thread)
        looks = 0
        done += 1
      }
      weft_realtime_exit()
      // Not each time: the audio thread reads the same cache line.
      if done > 1_000 {
        helpCount.add(done, ordering: .relaxed)
        done = 0
      }
      sleep.pause(&looks)
    }
    helpCount.add(done, ordering: .relaxed)
    sleep.leave()
  }
}

extension AudioState {
  /// Before a period: wakes the workers if there is something to share.
  func callWorkers(_ frames: Int) -> WorkerPool? {
    guard let workers, let active, active.pointee.tasks.count > 1, workers.sleep.hasWorkers else { return nil }
    if !active.pointee.allocators.isEmpty && active.pointee.isIdle { return nil }
    workers.begin(frames: frames, sampleRate: sampleRate)
    return workers
  }

  /// After a period.
  func release(_ workers: WorkerPool) {
    workers.finish()
    let late = workers.lateCount.load(ordering: .relaxed)
    guard late > reportedLate, now >= nextLateReport else { return }
    reportedLate = late
    nextLateReport = now + Int(sampleRate)
    _ = faults.push(EngineFault(.late, peak: Float(late)))
  }
}
