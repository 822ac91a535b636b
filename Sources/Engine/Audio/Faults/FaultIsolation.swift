// [audio] Faults in the sound: non-finite samples, runaway loops, excessive level.
import ModuleKit

extension Engine {
  /// Full scale + 6 dB: beyond it, it is said.
  public static let loudLevel: Float = 2
  /// Full scale + 24 dB: a loop that makes this has run away.
  public static let runawayLevel: Float = 16

  /// Judges what is about to leave; a bad chunk is replaced by a fade from the last good sample.
  func judge(
    peak: Float, _ outputs: UnsafePointer<UnsafeMutablePointer<Float>?>, at offset: Int, frames: Int
  ) {
    let hasRunAway = peak > Engine.runawayLevel && active?.pointee.hasLoops == true
    if !peak.isFinite || hasRunAway {
      // A second bad chunk after a search that found nothing: what is wrong is no node's own.
      if locatedNothing { report(EngineFault(peak.isFinite ? .runaway : .notFinite, peak: peak)) }
      bus.fadeOut(outputs, at: offset, frames: frames)
      locating = peak.isFinite ? .runaway : .notFinite
      // The mix comes back as softly as it went.
      if panicEnd == Int.max {
        panicFade = Ramp(at: 0)
        panicFade.move(to: 1, frames: max(1, Int(sampleRate * 0.005)))
      }
      return
    }
    if locating != nil { locating = nil }
    locatedNothing = false
    bus.keepLast(outputs, at: offset, frames: frames)
    if peak > Engine.loudLevel && limiter == nil {
      loudChunks.add(1, ordering: .relaxed)
      loudest = max(loudest, peak)
    }
    if loudest > 0, now >= nextLoudReport {
      _ = faults.push(EngineFault(.tooLoud, peak: loudest))
      loudest = 0
      nextLoudReport = now + Int(sampleRate)
    }
  }

  private func report(_ fault: EngineFault) {
    guard now >= nextUnlocatedReport else { return }
    nextUnlocatedReport = now + Int(sampleRate)
    _ = faults.push(fault)
  }

  /// Whether steps are looked at one by one in this chunk.
  var isIsolating: Bool { locating != nil || now < isolatedUntil }

  /// After a step of a module: what it must not have made is taken away before others see it.
  func isolate(_ step: Step, _ site: FaultSite, _ frames: Int) {
    let isWatched = site.recovery.pointee.isWatched(at: now)
    guard locating != nil || isWatched else { return }
    let peak = largest(step, site, frames)
    if site.recovery.pointee.isSilent(at: now) {
      // Still ill: no fault of its own, and never heard.
      if !peak.isFinite { site.reset() }
      foundFault = foundFault || !peak.isFinite
      return silence(step, site, frames)
    }
    let isGuilty =
      !peak.isFinite || site.isInLoop && peak > Engine.runawayLevel && (locating == .runaway || isWatched)
    if isGuilty {
      foundFault = true
      site.reset()
      isolatedUntil = max(isolatedUntil, site.recovery.pointee.fail(at: now, sampleRate: sampleRate))
      silence(step, site, frames)
      _ = faults.push(EngineFault(peak.isFinite ? .runaway : .notFinite, node: site.node, peak: peak))
    } else if let ramp = site.recovery.pointee.fadeIn(frames) {
      fade(step, site, frames, ramp)
    }
  }

  /// After the steps of a chunk in which a fault was looked for.
  func endLocating() {
    if !foundFault { locatedNothing = true }
    // What is on its way round the loops would set them off again.
    guard locating == .runaway, let active else { return }
    active.pointee.clearLoops()
  }

  private func largest(_ step: Step, _ site: FaultSite, _ frames: Int) -> Float {
    var peak: Float = 0
    for port in 0..<site.outputCount {
      let values = step.outputs[port].pointee.values(frames: frames, lanes: site.lanes)
      peak = max(peak, Bus.peak(of: values.baseAddress!, count: values.count))
    }
    return peak
  }

  private func silence(_ step: Step, _ site: FaultSite, _ frames: Int) {
    for port in 0..<site.outputCount {
      step.outputs[port].pointee.values(frames: frames, lanes: site.lanes).update(repeating: 0)
    }
  }

  private func fade(_ step: Step, _ site: FaultSite, _ frames: Int, _ ramp: Ramp) {
    for port in 0..<site.outputCount {
      // One value for the whole chunk stays one: it moves by chunks then.
      let values = step.outputs[port].pointee.values(frames: frames, lanes: site.lanes)
      for i in values.indices { values[i] *= ramp[i / site.lanes] }
    }
  }
}

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
