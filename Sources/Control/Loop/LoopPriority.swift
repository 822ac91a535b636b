import CLoop

/// The lowest real-time priority for the control thread, while an audio thread with a higher one leaves it no processor.
///
/// An audio thread that never rests, overloaded by a patch, keeps its processor; an ordinary thread that ran there last
/// waits until the scheduler moves it or stops the real-time threads, which leave 5 % of each second to others: up to
/// 950 ms, though another processor has room. A real-time thread is moved at once.
///
/// So that the machine stays usable while the control thread is flooded with requests, it gives the priority up for a tenth
/// of a second whenever it has taken more than half of a processor. Confined to one thread.
public struct LoopPriority {
  /// The share of a period from which an audio thread leaves too little; and the most that the control thread may use.
  private static let overload = 0.8, share = 0.5
  /// Seconds after an overload, and after too much use, until the priority changes back.
  private static let lingering = 2.0, penalty = 0.1

  /// True while the thread has the priority.
  public private(set) var isRaised = false
  private var wantedUntil: UInt64 = 0, refusedUntil: UInt64 = 0
  private var last: (now: UInt64, used: UInt64)?

  public init() {}

  /// Call several times a second, on the control thread.
  ///
  /// - Parameter load: the share of the period that the audio thread needed of late; nil: it has no real-time priority
  ///   above the lowest.
  public mutating func update(load: Double?) { update(load: load, at: ControlLoop.now, used: weft_thread_time()) }

  /// - Parameters:
  ///   - now: nanoseconds of the monotonic clock.
  ///   - used: processor time of the thread, nanoseconds.
  package mutating func update(load: Double?, at now: UInt64, used: UInt64) {
    if let load, load > Self.overload { wantedUntil = now + UInt64(Self.lingering * 1e9) }
    if let last, isRaised, Double(used - last.used) > Self.share * Double(now - last.now) {
      refusedUntil = now + UInt64(Self.penalty * 1e9)
    }
    last = (now, used)
    let isWanted = load != nil && now < wantedUntil && now >= refusedUntil
    guard isWanted != isRaised else { return }
    // A refusal of the system holds for a minute, then it is asked again.
    if weft_set_realtime(isWanted) { isRaised = isWanted } else { refusedUntil = now + 60 * UInt64(1e9) }
  }
}
