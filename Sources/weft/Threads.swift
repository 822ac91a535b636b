import Hosts

/// Threads that render together.
extension Arguments {
  /// As many as were asked for, and as there are processors for.
  var threads: Int {
    let wanted = count("threads"), processors = WorkerThreads.processors
    if wanted > processors {
      Console.warn("--threads \(wanted): there is no use in more than the processors, \(processors)")
    }
    return min(wanted, processors)
  }
}

/// Fewer than were asked for: slower, but the same.
func warnOfThreads(made: Int, of wanted: Int) {
  if made < wanted { Console.warn("of \(wanted) threads that render, only \(made) could be made") }
}

extension PlayCommand {
  func tellThreads() {
    guard session.engine.threads > 1 else { return }
    Console.say("Threads that render together: \(host.threads).")
    warnOfThreads(made: host.threads, of: session.engine.threads)
    if !host.isRealTime {
      Console.warn("the JACK server does not run in real time: any program may hold up the threads that render")
    }
  }
}
