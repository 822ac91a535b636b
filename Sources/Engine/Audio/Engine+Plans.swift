// [audio] From one plan to the next.
import DSP
import ModuleKit
import Synchronization

extension Engine {
  func takeStandby() {
    if waiting == nil { waiting = standby.exchange(nil, ordering: .acquiring) }
    if let plan = waiting, plan.pointee.startFrame <= now { start(plan) }
  }

  /// Exchanges the plans: a few pointers, and what the edit changed.
  func start(_ plan: UnsafeMutablePointer<PlanMemory>) {
    guard retired.room > 0 else { return }
    waiting = nil
    let isFirst = active == nil
    for change in plan.pointee.rampChanges {
      change.ramp.pointee.move(to: change.target, frames: plan.pointee.rampFrames)
    }
    if context.pointee.voices != plan.pointee.voices || isFirst {
      setVoices(plan.pointee.voices, frames: isFirst ? 0 : plan.pointee.rampFrames)
    }
    if let old = active {
      for i in 0..<old.pointee.movingCount {
        let knob = old.pointee.moving[i]
        knob.pointee.isListed = false
        // A node that only fades out in another width has no knobs to turn any more.
        if plan.pointee.owns(knob) { plan.pointee.list(knob) } else { knob.pointee.arrive() }
      }
    }
    for entry in plan.pointee.boards {
      if entry.board.pointee.knobs == nil { entry.board.pointee.channels.learn(from: midi.channels) }
      entry.board.pointee.knobs = entry.knobs
      entry.board.pointee.tuning = plan.pointee.tuning
      entry.board.pointee.tailFrames = entry.tailFrames
      entry.board.pointee.setCount(plan.pointee.voices, fade: plan.pointee.rampFrames, at: now)
      if entry.isLeaving { entry.board.pointee.releaseAll(at: now) }
    }
    for change in plan.pointee.knobChanges { plan.pointee.set(change.knob, change.value, buffer: change.buffer) }
    plan.pointee.rampEnd = now + plan.pointee.rampFrames
    if let old = active { _ = retired.push(old) }
    active = plan
    activeFrame.store(now, ordering: .relaxed)
    activeID.store(plan.pointee.id, ordering: .releasing)
  }

  private func setVoices(_ voices: Int, frames: Int) {
    context.pointee.voices = voices
    for group in 0..<Engine.groupLimit {
      var target = Voices(0)
      for lane in 0..<Voices.count where group * Voices.count + lane < voices { target[lane] = 1 }
      weights[group].move(to: target, frames: frames)
    }
  }
}
