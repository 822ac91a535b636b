// [audio] Keeps the output of a node that failed away from the others until it is well.
import ModuleKit

/// One voice group of a node after a fault: silent for a while, faded in, watched. It outlives plans.
///
/// A node that fails again soon is silent twice as long: one that always fails is as good as gone, and a stumble is
/// hardly heard.
struct FaultRecovery {
  /// The frames of the first silence, in seconds; of the longest; of the way back.
  static let shortest = 0.01, longest = 5.0, fade = 0.01
  /// Seconds without a fault after which it is forgotten.
  static let memory = 10.0

  private var failures = 0
  private var silentUntil = 0
  private var watchedUntil = 0
  private var ramp = Ramp(at: 1)

  /// Notes a fault at `now`; the frame until which the node must be watched.
  mutating func fail(at now: Int, sampleRate: Double) -> Int {
    failures = now < watchedUntil ? failures + 1 : 1
    let seconds = min(FaultRecovery.shortest * Double(1 << min(failures - 1, 16)), FaultRecovery.longest)
    silentUntil = now + Int(seconds * sampleRate)
    watchedUntil = silentUntil + Int(FaultRecovery.memory * sampleRate)
    ramp = Ramp(at: 0)
    ramp.move(to: 1, frames: Int(FaultRecovery.fade * sampleRate))
    return watchedUntil
  }

  func isWatched(at now: Int) -> Bool { now < watchedUntil }
  func isSilent(at now: Int) -> Bool { now < silentUntil }

  /// The way back for the next frames; nil where it is over.
  mutating func fadeIn(_ frames: Int) -> Ramp? {
    guard ramp.isMoving else { return nil }
    defer { ramp.advance(frames) }
    return ramp
  }
}
