// [audio] Faults in the sound: non-finite samples, runaway loops, excessive level; overload of the processor.
import ModuleKit

extension AudioState {
  /// Checks the output before it leaves; a bad block is replaced by a fade from the last good sample.
  func judge(peak: Float, _ outputs: HostOutputs, at offset: Int, frames: Int) {
    let hasRunAway = peak > Engine.runawayLevel && active?.pointee.hasLoops == true
    if !peak.isFinite || hasRunAway {
      // A second bad block after a search without result: the fault belongs to no single node.
      if locatedNothing { report(EngineFault(peak.isFinite ? .runaway : .notFinite, peak: peak)) }
      bus.fadeOut(outputs, at: offset, frames: frames)
      locating = peak.isFinite ? .runaway : .notFinite
      // The mix fades back in as it faded out.
      if panicEnd == Int.max {
        panicFade = Ramp(at: 0)
        panicFade.move(to: 1, frames: max(1, Int(sampleRate * DefaultTimes.ramp)))
      }
      return
    }
    if locating != nil { locating = nil }
    locatedNothing = false
    bus.keepLast(outputs, at: offset, frames: frames)
    let fallen =
      Float(bitPattern: crossings.outputPeak.load(ordering: .relaxed)) * (1 - 2 * Float(frames) / Float(sampleRate))
    crossings.outputPeak.store(max(peak, fallen).bitPattern, ordering: .relaxed)
    if peak > Engine.loudLevel && limiter == nil {
      crossings.loudBlocks.add(1, ordering: .relaxed)
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

  /// True if the steps of this block are checked one by one.
  var isIsolating: Bool { locating != nil || now < isolatedUntil }

  /// After a step of a module: mutes faulty outputs before other steps read them.
  func isolate(_ step: Step, _ site: FaultSite, _ frames: Int) {
    let isWatched = site.recovery.pointee.isWatched(at: now)
    guard locating != nil || isWatched else { return }
    let peak = largest(step, site, frames)
    if site.recovery.pointee.isSilent(at: now) {
      // Still faulty: not a new fault, and never audible.
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

  /// After the steps of a block that was searched for a fault.
  func endLocating() {
    if !foundFault { locatedNothing = true }
    // Samples in the feedback delays would start the runaway again.
    guard locating == .runaway, let active else { return }
    active.pointee.clearLoops()
  }

  private func largest(_ step: Step, _ site: FaultSite, _ frames: Int) -> Float {
    var peak: Float = 0
    for port in 0..<site.outputCount {
      peak = max(peak, Peaks.peak(of: step.outputs[port].pointee.row(frames: frames, lanes: site.lanes)))
    }
    return peak
  }

  private func silence(_ step: Step, _ site: FaultSite, _ frames: Int) {
    for port in 0..<site.outputCount {
      step.outputs[port].pointee.row(frames: frames, lanes: site.lanes).fill(with: 0)
    }
  }

  private func fade(_ step: Step, _ site: FaultSite, _ frames: Int, _ ramp: Ramp) {
    for port in 0..<site.outputCount {
      // A constant stays constant: its fade moves from block to block.
      let values = step.outputs[port].pointee.row(frames: frames, lanes: site.lanes)
      for i in values.indices { values[i] *= ramp[i / site.lanes] }
    }
  }
}

/// Recovery of one voice group of a node after a fault: silent for a while, faded in, watched. It outlives plans.
///
/// A node that fails again soon is silent twice as long: one that always fails stays practically silent, and a single
/// fault is hardly audible.
struct FaultRecovery {
  /// Seconds: the first silence, the longest one, and the fade-in.
  static let shortest = 0.01, longest = 5.0, fade = 0.01
  /// Seconds without a fault after which the count starts again.
  static let memory = 10.0

  private var failures = 0
  private var silentUntil = 0
  private var watchedUntil = 0
  private var ramp = Ramp(at: 1)

  /// Records a fault at `now`; returns the frame until which the node must be watched.
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

  /// The fade-in over the next frames; nil once it is complete.
  mutating func fadeIn(_ frames: Int) -> Ramp? {
    guard ramp.isMoving else { return nil }
    defer { ramp.advance(frames) }
    return ramp
  }
}

/// A fault in the sound.
public struct EngineFault: BitwiseCopyable, Sendable, Equatable {
  public enum Kind: UInt8, Sendable, BitwiseCopyable {
    /// A node produced a non-finite sample: it was reset, is silent for a while, and fades back in.
    case notFinite
    /// A feedback loop exceeded `Engine.runawayLevel`; reported also for each of its nodes that is too loud.
    case runaway
    /// The output exceeded `Engine.loudLevel`; reported at most once a second.
    case tooLoud
    /// Rendering takes longer than the period lasts: `peak` is its share of the period.
    case overload
    /// A worker was late and the audio thread waited for it: in `peak` periods so far; reported at most once a second.
    case late
    /// The quietest voices were faded so that the rest can play on: `peak` of them.
    case thinned
  }

  /// Node number of the whole output.
  public static let output = -1

  public var kind: Kind
  /// The serial of the node, or `output`.
  public var node: Int
  /// The greatest magnitude; infinite for a non-finite sample.
  public var peak: Float

  init(_ kind: Kind, node: Int = EngineFault.output, peak: Float) {
    self.kind = kind
    self.node = node
    self.peak = peak
  }
}

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
    var most: Reference<VoiceAllocator>?
    for entry in active.pointee.allocators where entry.allocator.pointee.sounding > most?.pointee.sounding ?? 0 {
      most = entry.allocator
    }
    let faded = most?.pointee.thin(at: now) ?? 0
    if faded > 0 { _ = faults.push(EngineFault(.thinned, peak: Float(faded))) }
  }
}
