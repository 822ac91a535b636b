import CRealtime
import Glibc

/// Time limits of waits. Only a failing test uses them up, so they are far above the needs of the slowest machine.
public enum Patience {
  /// Seconds for an answer, a sound, the start or the end of a program.
  public static let seconds = 60.0
  /// Seconds for a build by the Swift compiler.
  public static let build = 300.0
}

/// Polls a condition until it holds or the time is up.
///
/// - Parameter seconds: a limit for failures, not a bound on speed; leave the default unless the work is a build.
/// - Returns: true if the condition held.
public func eventually(
  within seconds: Double = Patience.seconds, every microseconds: UInt32 = 2_000, _ condition: () throws -> Bool
) rethrows -> Bool {
  let deadline = weft_nanoseconds() + UInt64(seconds * 1e9)
  repeat {
    if try condition() { return true }
    if microseconds > 0 { usleep(microseconds) }
  } while weft_nanoseconds() < deadline
  return try condition()
}
