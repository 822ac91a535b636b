// [audio] Overload detection, and voice thinning in an overload.
import ModuleKit

/// Counts periods that took too long, and decides when voices must go and when they may come back.
struct OverloadWatch {
  /// The share of a period that is too much, and periods in a row before it is said.
  static let limit: Float = 0.95, patience = 3
  /// Voices come back, a group at a time, after a second below this share.
  static let ease: Float = 0.6

  var protects = false
  private var busyPeriods = 0
  private var easyFrames = 0
  private var worst: Float = 0

  enum Verdict {
    case fine
    case overload(Float)
    case easy
  }

  /// - Parameter share: of the period that rendering it took.
  mutating func judge(_ share: Float, frames: Int, sampleRate: Double) -> Verdict {
    guard share > OverloadWatch.limit else {
      busyPeriods = 0
      worst = 0
      easyFrames = share < OverloadWatch.ease ? easyFrames + frames : 0
      guard easyFrames > Int(sampleRate) else { return .fine }
      easyFrames = 0
      return .easy
    }
    easyFrames = 0
    busyPeriods += 1
    worst = max(worst, share)
    guard busyPeriods >= OverloadWatch.patience else { return .fine }
    // Again after as many periods: what was faded must first be gone.
    busyPeriods = 0
    defer { worst = 0 }
    return .overload(worst)
  }
}

extension Engine {
  /// [audio] What rendering the last period took; called by a host after `render`, on its thread.
  public func account(nanoseconds: Int, frames: Int) {
    let share = Float(Double(nanoseconds) * sampleRate / (1e9 * Double(max(frames, 1))))
    switch overload.judge(share, frames: frames, sampleRate: sampleRate) {
    case .fine: break
    case .overload(let worst):
      if frame >= nextOverloadReport {
        _ = faults.push(EngineFault(.overload, peak: worst))
        nextOverloadReport = frame + Int(sampleRate)
      }
      if overload.protects { thin() }
    case .easy:
      if let active { for entry in active.pointee.allocators { entry.allocator.pointee.allowMore() } }
    }
  }

  /// Fades the quietest group of voices of the node that sounds with most.
  private func thin() {
    guard let active else { return }
    var most: UnsafeMutablePointer<VoiceAllocator>?
    for entry in active.pointee.allocators where entry.allocator.pointee.sounding > most?.pointee.sounding ?? 0 {
      most = entry.allocator
    }
    let faded = most?.pointee.thin(at: frame) ?? 0
    if faded > 0 { _ = faults.push(EngineFault(.thinned, peak: Float(faded))) }
  }
}
