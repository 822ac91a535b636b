import CLoop
import Glibc
import PatchKit

extension ControlLoop {
  /// Receives signals as events of the loop, by default SIGINT and SIGTERM. Call it before other threads start: they
  /// inherit the blocked signal mask.
  ///
  /// - Throws: `busy` if the process has no free file descriptor.
  public func installSignals(_ signals: [Int32] = [SIGINT, SIGTERM], _ handler: @escaping (Int32) -> Void)
    throws(PatchError)
  {
    let descriptor = weft_signals_open(signals, Int32(signals.count))
    guard descriptor >= 0 else {
      throw PatchError(.busy, "signals cannot be received: \(String(cString: strerror(errno)))")
    }
    // The descriptor lives as long as the process.
    add(descriptor, for: .read) { _ in
      while case let signal = weft_signals_read(descriptor), signal != 0 { handler(signal) }
    }
  }
}
