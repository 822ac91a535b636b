import CLoop
import Glibc
import PatchKit

extension ControlLoop {
  /// Has signals arrive as events of the loop, SIGINT and SIGTERM unless told otherwise. Call it before other threads
  /// start: they inherit that the signals are blocked.
  ///
  /// - Throws: `busy` when the process has no file descriptor left.
  public func installSignals(_ signals: [Int32] = [SIGINT, SIGTERM], _ handler: @escaping (Int32) -> Void)
    throws(PatchError)
  {
    let descriptor = weft_signals_open(signals, Int32(signals.count))
    guard descriptor >= 0 else {
      throw PatchError(.busy, "signals cannot be received: \(String(cString: strerror(errno)))")
    }
    // The descriptor lives as long as the process.
    add(descriptor, for: .read) { _ in
      while case let signal = weft_signals_take(descriptor), signal != 0 { handler(signal) }
    }
  }
}
