import CommandParser
import Hosts
import PatchKit

/// Number of rendering threads.
extension Arguments {
  /// The requested number of threads, at most the number of processors.
  var threads: Int {
    let wanted = count("threads"), processors = WorkerThreads.processors
    if wanted > processors {
      Console.warn("--threads \(wanted): more threads than processors have no effect; this machine has \(processors)")
    }
    return min(wanted, processors)
  }
}

extension Arguments {
  /// Maximum memory of the process, in bytes.
  var memory: Int { optionalNumber("memory").map { Int($0) << 20 } ?? Patch.Limits.memoryBytes }
}

/// Warns if fewer threads start than requested: rendering is slower, with the same result.
func warnOfThreads(made: Int, of wanted: Int) {
  if made < wanted { Console.warn("only \(made) of \(wanted) rendering threads could be started") }
}

extension PlayCommand {
  func reportThreads() {
    guard session.engine.threads > 1 else { return }
    Console.say("Threads that render together: \(host.threads).")
    warnOfThreads(made: host.threads, of: session.engine.threads)
    if !host.isRealTime {
      Console.warn("the JACK server does not run in real time: other programs may delay the rendering threads")
    }
  }
}
