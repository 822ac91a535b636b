import Glibc

/// Converts NTP time tags to the monotonic clock of the audio side, and back.
///
/// The offset between the two clocks changes when the date is set or disciplined, so it is measured again for each
/// bundle.
public struct OSCTime: Hashable, Sendable {
  /// The tag "at once".
  public static let immediately: UInt64 = 1
  /// From 1900, where NTP starts, to 1970, in seconds.
  static let epoch: Int64 = 2_208_988_800

  /// Date minus monotonic clock, nanoseconds.
  public var offset: Int64

  public init(offset: Int64) { self.offset = offset }

  /// Reads both clocks, as close together as possible.
  public static func now() -> OSCTime {
    var best = (width: Int64.max, offset: Int64(0))
    for _ in 0..<5 {
      let (before, date, after) = (read(CLOCK_MONOTONIC), read(CLOCK_REALTIME), read(CLOCK_MONOTONIC))
      if after - before < best.width { best = (after - before, date - before - (after - before) / 2) }
    }
    return OSCTime(offset: best.offset)
  }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// The monotonic time of a tag in nanoseconds, 0 for a tag before the clock's start; nil: at once.
  public func nanoseconds(of tag: UInt64) -> UInt64? {
    if tag <= OSCTime.immediately { return nil }
    // Seconds without their highest bit belong to the era that begins in 2036 (RFC 4330, section 3).
    let seconds = Int64(tag >> 32) + (tag >> 63 == 0 ? 1 << 32 : 0) - OSCTime.epoch
    let fraction = Int64(((tag & 0xFFFF_FFFF) * 1_000_000_000 + (1 << 31)) >> 32)
    return UInt64(max(0, seconds * 1_000_000_000 + fraction - offset))
  }

  /// The tag of a monotonic time in nanoseconds.
  public func tag(at nanoseconds: UInt64) -> UInt64 {
    let date = Int64(clamping: nanoseconds) + offset
    let fraction = UInt64(date % 1_000_000_000) << 32 / 1_000_000_000
    return UInt64(truncatingIfNeeded: date / 1_000_000_000 + OSCTime.epoch) << 32 | fraction
  }
}
