// [audio] One chunk: the steps that there is something to do for, in their order.
import CRealtime
import DSP
import ModuleKit
import Synchronization

extension Engine {
  func renderChunk(
    _ inputs: UnsafePointer<UnsafePointer<Float>?>?, _ outputs: UnsafePointer<UnsafeMutablePointer<Float>?>,
    at offset: Int, frames: Int
  ) {
    bus.begin(inputs, at: offset, frames: frames)
    if let plan = active {
      context.pointee.frame = now
      context.pointee.frames = frames
      context.pointee.isSettled = plan.pointee.isSettled
      plan.pointee.advanceKnobs(frames)
      run(plan, frames)
      for entry in plan.pointee.boards { entry.board.pointee.advance(frames, from: now) }
      for ramp in plan.pointee.ramping { ramp.pointee.advance(frames) }
      if now < weightsEnd { for group in 0..<Engine.groupLimit { weights[group].advance(frames) } }
      context.pointee.lastVoice.advance(frames)
      settle(plan, at: now + frames)
    }
    let peak = bus.finish(outputs, at: offset, frames: frames, gain: master, hush: hush)
    master.advance(frames)
    hush.advance(frames)
    judge(peak: peak, outputs, at: offset, frames: frames)
    if scopes.nodeCount + scopes.outputCount > 0 {
      scopes.finish(outputs, channels: outputChannels, at: offset, frame: now, frames: frames)
    }
  }

  private func run(_ plan: UnsafeMutablePointer<PlanMemory>, _ frames: Int) {
    let context = UnsafePointer(context), isSearched = search != nil
    if isSearched { foundFault = false }
    let isInspected = isGuarding || meters.nodeCount > 0 || scopes.nodeCount > 0
    let isMeasured = isProfiled.load(ordering: .relaxed)
    let way = way(through: plan, isInspected: isInspected)
    if isInspected {
      way.run(plan, context, isMeasured: isMeasured) { inspect($0, in: plan, frames) }
    } else if let team, team.isCalled, plan.pointee.tasks.count > 1 {
      team.share(plan, way, context, isMeasured: isMeasured)
    } else if isMeasured {
      way.runMeasured(plan, context)
    } else {
      way.run(plan.pointee.steps.baseAddress!, context)
    }
    if isMeasured { profiledFrames.add(frames, ordering: .relaxed) }
    if isSearched { endSearch() }
  }

  /// What there is to do in this chunk: what stands still is left out while no knob moves.
  private func way(through plan: UnsafeMutablePointer<PlanMemory>, isInspected: Bool) -> PlanWay {
    let rests = plan.pointee.isSettled && plan.pointee.movingCount == 0
    let skipsStill = rests && plan.pointee.hasStilled && !isInspected
    plan.pointee.hasStilled = rests
    return PlanWay(
      runs: plan.pointee.runs.baseAddress!, end: plan.pointee.runs.count, skipsStill: skipsStill,
      allRest: skipsStill && plan.pointee.isResting)
  }

  private func inspect(_ step: Step, in plan: UnsafeMutablePointer<PlanMemory>, _ frames: Int) {
    let sites = plan.pointee.sites.baseAddress! + step.site
    guard sites.pointee.isPacked else { return inspect(step, sites.pointee, frames) }
    let pack = step.state.assumingMemoryBound(to: PackStep.self)
    for lane in 0..<Voices.count {
      let site = sites[lane]
      guard isGuarding || meters.knows(site.node) || scopes.knows(site.node) else { continue }
      pack.pointee.show(lane, of: step.outputs, frames) { inspect($0, site, frames) }
    }
  }

  private func inspect(_ step: Step, _ site: FaultSite, _ frames: Int) {
    guardOutputs(step, site, frames)
    if meters.nodeCount > 0 { meters.measure(step, site, frames: frames) }
    if scopes.nodeCount > 0 { scopes.take(step, site, UnsafePointer(context)) }
  }
}
