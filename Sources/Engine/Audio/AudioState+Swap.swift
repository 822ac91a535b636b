// [audio] The exchange of plans.
import DSP
import ModuleKit
import Synchronization

extension AudioState {
  /// Admits the plans published before this period, and prepares the next one.
  ///
  /// - Parameter frames: the length of the period that is rendered next.
  func admitPlans(frames: Int) {
    waitingPlans = standby.available
    for i in 0..<waitingPlans {
      let plan = standby.peek(i)
      if plan.pointee.isPrepared { continue }
      plan.pointee.isPrepared = plan.pointee.handover.prepare(words: frames * HandoverMemory.wordsPerFrame)
      if !plan.pointee.isPrepared { break }
    }
  }

  /// Starts every plan that is due, in their order: several may start on one frame.
  func startDuePlans() {
    while waitingPlans > 0, retired.room > 0, isNextPlanDue, let plan = standby.pop() {
      waitingPlans -= 1
      start(plan)
    }
  }

  /// A plan due at a frame that was asked for does not wait for copies of the plans before it.
  private var isNextPlanDue: Bool {
    if standby.peek(0).pointee.isDue(at: now) { return true }
    guard standby.peek(0).pointee.startFrame <= now else { return false }
    for i in 1..<waitingPlans {
      let start = standby.peek(i).pointee.startFrame
      if start != Event.now { return start <= now }
    }
    return false
  }

  /// Exchanges the plans: a few pointers, and the changes of the edit.
  private func start(_ plan: Reference<Plan>) {
    let isFirst = active == nil
    plan.pointee.handover.finish()
    for change in plan.pointee.rampChanges {
      change.ramp.pointee.move(to: change.target, frames: plan.pointee.rampFrames)
    }
    if context.pointee.voices != plan.pointee.voices || isFirst {
      setVoices(plan.pointee.voices, frames: isFirst ? 0 : plan.pointee.rampFrames)
    }
    if let old = active {
      for i in 0..<old.pointee.movingCount {
        let parameter = old.pointee.moving[i]
        parameter.pointee.isListed = false
        // A node that only fades out at another width has no parameters left to set.
        // One that has just arrived must still store its final constant value.
        if parameter.pointee.isMoving && plan.pointee.owns(parameter) {
          plan.pointee.list(parameter)
        } else {
          parameter.pointee.arrive()
        }
      }
    }
    for parameter in plan.pointee.handover.parameters { plan.pointee.list(parameter.to) }
    for entry in plan.pointee.allocators {
      if entry.allocator.pointee.parameters == nil { entry.allocator.pointee.channels.learn(from: midi.channels) }
      entry.allocator.pointee.parameters = entry.parameters
      entry.allocator.pointee.tuning = plan.pointee.tuning
      entry.allocator.pointee.tailFrames = entry.tailFrames
      entry.allocator.pointee.sum(entry.isSummed)
      entry.allocator.pointee.setCount(
        plan.pointee.voices, made: entry.madeVoices, fade: plan.pointee.rampFrames, at: now)
      if entry.isLeaving { entry.allocator.pointee.releaseAll(at: now) }
    }
    // A parameter that was set after the commit was requested keeps its value.
    for change in plan.pointee.parameterChanges where change.parameter.pointee.setOrder < plan.pointee.order {
      plan.pointee.set(change.parameter, change.value, buffer: change.buffer)
      change.parameter.pointee.commit = (plan.pointee.order, now)
    }
    plan.pointee.rampEnd = now + max(plan.pointee.rampFrames, remainingRampFrames(in: plan))
    if let old = active { _ = retired.push(old) }
    active = plan
    plan.pointee.startedAt = now
    crossings.activeID.store(plan.pointee.id, ordering: .releasing)
  }

  /// Returns the frames until every ramp has arrived; ramps of earlier edits may be slower.
  private func remainingRampFrames(in plan: Reference<Plan>) -> Int {
    var remaining = 0
    for ramp in plan.pointee.ramping { remaining = max(remaining, ramp.pointee.remaining) }
    for group in 0..<plan.pointee.groups { remaining = max(remaining, weights[group].remaining) }
    return max(remaining, context.pointee.lastVoice.remaining)
  }

  /// After a block: reports when the plan's ramps have arrived, and when no surplus voice sounds any more.
  func settle(_ plan: Reference<Plan>, at frame: Int) {
    if !plan.pointee.isSettled && frame >= plan.pointee.rampEnd {
      plan.pointee.isSettled = true
      crossings.settledID.store(plan.pointee.id, ordering: .releasing)
    }
    guard plan.pointee.isSettled, !plan.pointee.areExtraVoicesIdle else { return }
    for entry in plan.pointee.allocators where !entry.isLeaving && entry.allocator.pointee.isBeyond { return }
    plan.pointee.areExtraVoicesIdle = true
    crossings.idleID.store(plan.pointee.id, ordering: .releasing)
  }

  private func setVoices(_ voices: Int, frames: Int) {
    context.pointee.voices = voices
    context.pointee.lastVoice.move(to: Float(voices - 1), frames: frames)
    weightsEnd = now + frames
    for group in 0..<Engine.groupLimit {
      var target = Voices(0)
      for lane in 0..<Voices.count where group * Voices.count + lane < voices { target[lane] = 1 }
      weights.row()[group].move(to: target, frames: frames)
    }
  }
}
