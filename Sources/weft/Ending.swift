import CLoop
import Glibc
import Synchronization

/// Ends the program on SIGINT, SIGTERM, or SIGHUP of its terminal: in order, or by force if the control thread does not
/// end it in time. A second signal ends it at once.
///
/// A service has no terminal: it ignores SIGHUP.
final class Ending: Sendable {
  /// Seconds between a signal and the forced end.
  static let patience = 1.8
  private let stop: @Sendable () -> Void
  private let signals: [Int32]

  /// Call before any thread starts: threads inherit the blocked signal mask.
  ///
  /// - Parameter stop: ends the program in order; called on a thread of its own.
  init(_ stop: @escaping @Sendable () -> Void) {
    self.stop = stop
    // A write to a closed pipe, or to a terminal from the background, fails; it does not end or stop the program.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGTTOU, SIG_IGN)
    signals = [SIGINT, SIGTERM] + (Ending.hearsHangup ? [SIGHUP] : [])
    weft_signals_block(signals, Int32(signals.count))
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    let status = pthread_create(&thread, nil, endingThread, context.toOpaque())
    precondition(status == 0, "no thread for signals: \(String(cString: strerror(status)))")
    pthread_detach(thread)
  }

  /// True if SIGHUP ends the program; otherwise it is ignored from now on.
  private static var hearsHangup: Bool {
    // Started by nohup.
    if weft_signal_is_ignored(SIGHUP) != 0 { return false }
    let terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
    if terminal < 0 {
      signal(SIGHUP, SIG_IGN)
      return false
    }
    close(terminal)
    return true
  }

  fileprivate func run() {
    _ = weft_signals_wait(signals, Int32(signals.count), -1)
    stop()
    // The process exits meanwhile.
    _ = weft_signals_wait(signals, Int32(signals.count), Int64(Ending.patience * 1e9))
    _exit(ExitCode.failed.rawValue)
  }
}

/// A free function: a closure made on the main actor must not run on another thread.
private func endingThread(_ ending: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<Ending>.fromOpaque(ending!).takeRetainedValue().run()
  return nil
}
