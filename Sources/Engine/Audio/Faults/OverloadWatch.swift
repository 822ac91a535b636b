// [audio] Overload detection, and voice thinning in an overload.
import ModuleKit

/// Counts periods that took too long, and decides when to remove voices and when to allow them again.
struct OverloadWatch {
  /// The share of a period that counts as overload, and the consecutive periods before it is reported.
  static let limit: Float = 0.95, patience = 3
  /// Voices are allowed again, a group at a time, after a second below this share.
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

  /// - Parameter share: rendering time as a share of the period.
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
    // Judged again after as many periods: the voices must have faded first.
    busyPeriods = 0
    defer { worst = 0 }
    return .overload(worst)
  }
}

extension AudioState {
  /// Reports the rendering time of the last period; called by a host after `render`, on its thread.
  func account(nanoseconds: Int, frames: Int) {
    let share = Float(Double(nanoseconds) * sampleRate / (1e9 * Double(max(frames, 1))))
    switch overload.judge(share, frames: frames, sampleRate: sampleRate) {
    case .fine: break
    case .overload(let worst):
      if now >= nextOverloadReport {
        _ = faults.push(EngineFault(.overload, peak: worst))
        nextOverloadReport = now + Int(sampleRate)
      }
      if overload.protects { thin() }
    case .easy:
      if let active { for entry in active.pointee.allocators { entry.allocator.pointee.allowMore() } }
    }
  }

  /// Fades the quietest voice group of the node with the most sounding groups.
  private func thin() {
    guard let active else { return }
    var most: UnsafeMutablePointer<VoiceAllocator>?
    for entry in active.pointee.allocators where entry.allocator.pointee.sounding > most?.pointee.sounding ?? 0 {
      most = entry.allocator
    }
    let faded = most?.pointee.thin(at: now) ?? 0
    if faded > 0 { _ = faults.push(EngineFault(.thinned, peak: Float(faded))) }
  }
}
