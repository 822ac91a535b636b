import CRealtime
import CRealtimeGuard

/// Runs `body` as real-time code and returns how many violations the sanitizer reported.
@inline(never)
public func realtimeViolations(in body: () -> Void) -> Int {
  let before = weft_guard_thread_violations()
  weft_realtime_enter()
  body()
  weft_realtime_exit()
  return Int(weft_guard_thread_violations() - before)
}

/// True if the sanitizer is linked; without it a real-time test would assert nothing. A build without the flags of make
/// has none, which is no error of a test.
public var realtimeIsChecked: Bool { weft_realtime_checked() || !hasMakeFlags }
