// [audio] Other threads that render with the audio thread.
import Synchronization

extension Engine {
  /// [control] How many threads share the work, the audio thread included.
  public var threads: Int { team?.threads ?? 1 }
  /// The most that may.
  public static let threadLimit = WorkerTeam.limit

  /// [control] Cuts the plans of later commits into tasks, so that as many threads may share them, the audio thread
  /// included. What is heard is the same to the bit. Only while nothing renders.
  public func share(among threads: Int) {
    let count = min(max(threads, 1), WorkerTeam.limit)
    team = count > 1 ? WorkerTeam(of: self, threads: count) : nil
    meters.prepare(threads: count)
    scopes.prepare(threads: count)
  }

  /// [worker] What thread 1, 2 … does until `dismissWorkers`. Where it sleeps there is nothing to do.
  public func work(as thread: Int) { team?.work(as: thread) }

  /// [control] Lets workers begin; only while nothing renders.
  public func admitWorkers() { team?.sleep.dismiss(false) }
  /// [control] Lets each worker return from `work`; only while nothing renders.
  public func dismissWorkers() { team?.sleep.dismiss(true) }

  /// Periods in which a worker was waited for beyond the time that there was, ever. Any thread.
  public var lateWorkerCount: Int { team?.lateCount.load(ordering: .relaxed) ?? 0 }

  /// Tasks that workers have rendered, ever. Any thread.
  public var helpCount: Int { team?.helpCount.load(ordering: .relaxed) ?? 0 }

  /// Before a period: workers come where there is something to share.
  func callWorkers(_ frames: Int) -> WorkerTeam? {
    guard let team, let active, active.pointee.tasks.count > 1, team.sleep.hasWorkers else { return nil }
    if !active.pointee.allocators.isEmpty && active.pointee.isIdle { return nil }
    team.begin(frames: frames, sampleRate: sampleRate)
    return team
  }

  /// After a period.
  func release(_ team: WorkerTeam) {
    team.finish()
    let late = lateWorkerCount
    guard late > reportedLate, now >= nextLateReport else { return }
    reportedLate = late
    nextLateReport = now + Int(sampleRate)
    _ = faults.push(EngineFault(.late, peak: Float(late)))
  }
}
