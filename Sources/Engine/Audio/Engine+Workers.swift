// [audio] Other threads that render with the audio thread.
import Synchronization

extension Engine {
  /// [control] How many threads share the work, the audio thread included.
  public var threads: Int { workers?.threads ?? 1 }
  /// The most that may.
  public static let threadLimit = WorkerPool.limit

  /// [control] Cuts the plans of later commits into tasks, so that as many threads may share them, the audio thread
  /// included. What is heard is the same to the bit. Only while nothing renders.
  public func share(among threads: Int) {
    let count = min(max(threads, 1), WorkerPool.limit)
    workers = count > 1 ? WorkerPool(of: self, threads: count) : nil
    meters.prepare(threads: count)
    scopes.prepare(threads: count)
  }

  /// [worker] What thread 1, 2 … does until `dismissWorkers`. Where it sleeps there is nothing to do.
  public func work(as thread: Int) { workers?.work(as: thread) }

  /// [control] Lets workers begin; only while nothing renders.
  public func admitWorkers() { workers?.sleep.dismiss(false) }
  /// [control] Lets each worker return from `work`; only while nothing renders.
  public func dismissWorkers() { workers?.sleep.dismiss(true) }

  /// Periods in which a worker was waited for beyond the time that there was, ever. Any thread.
  public var lateWorkerCount: Int { workers?.lateCount.load(ordering: .relaxed) ?? 0 }

  /// Tasks that workers have rendered, ever. Any thread.
  public var helpCount: Int { workers?.helpCount.load(ordering: .relaxed) ?? 0 }

  /// Before a period: workers come where there is something to share.
  func callWorkers(_ frames: Int) -> WorkerPool? {
    guard let workers, let active, active.pointee.tasks.count > 1, workers.sleep.hasWorkers else { return nil }
    if !active.pointee.allocators.isEmpty && active.pointee.isIdle { return nil }
    workers.begin(frames: frames, sampleRate: sampleRate)
    return workers
  }

  /// After a period.
  func release(_ workers: WorkerPool) {
    workers.finish()
    let late = lateWorkerCount
    guard late > reportedLate, now >= nextLateReport else { return }
    reportedLate = late
    nextLateReport = now + Int(sampleRate)
    _ = faults.push(EngineFault(.late, peak: Float(late)))
  }
}
