import Glibc

/// CPU time of this process, independent of other processes.
enum Stopwatch {
  /// User + system time so far, in seconds.
  static var cpuSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// The median duration of `work`, in seconds, over some rounds.
  static func median(rounds: Int, of work: () throws -> Void) rethrows -> Double {
    try (0..<rounds).map { _ in try seconds(work) }.sorted()[rounds / 2]
  }

  static func seconds(_ work: () throws -> Void) rethrows -> Double {
    let start = cpuSeconds
    try work()
    return cpuSeconds - start
  }
}
