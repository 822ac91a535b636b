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
      plan.pointee.advanceParameters(frames)
      run(plan, frames)
      for entry in plan.pointee.allocators { entry.allocator.pointee.advance(frames, from: now) }
      for ramp in plan.pointee.ramping { ramp.pointee.advance(frames) }
      if now < weightsEnd { for group in 0..<Engine.groupLimit { weights[group].advance(frames) } }
      context.pointee.lastVoice.advance(frames)
      settle(plan, at: now + frames)
    }
    let peak = bus.finish(outputs, at: offset, frames: frames, gain: master, panicFade: panicFade)
    master.advance(frames)
    panicFade.advance(frames)
    judge(peak: peak, outputs, at: offset, frames: frames)
    if scopes.nodeCount + scopes.outputCount > 0 {
      scopes.finish(outputs, channels: outputChannels, at: offset, frame: now, frames: frames)
    }
  }

  private func run(_ plan: UnsafeMutablePointer<Plan>, _ frames: Int) {
    let context = UnsafePointer(context), isLocating = locating != nil
    if isLocating { foundFault = false }
    let isShown = meters.nodeCount > 0 || scopes.nodeCount > 0, isMeasured = isProfiled.load(ordering: .relaxed)
    let pass = pass(through: plan, isInspected: isIsolating || isShown)
    if isIsolating {
      pass.run(plan, context, isMeasured: isMeasured, isShown: true, wants: { _ in true }) { step, site in
        isolate(step, site, frames)
        show(step, site, context, thread: 0)
      }
    } else if let workers, workers.isCalled, plan.pointee.tasks.count > 1 {
      workers.share(plan, pass, context, isMeasured: isMeasured, isShown: isShown)
    } else {
      run(pass, of: plan, context, isMeasured: isMeasured, isShown: isShown, thread: 0)
    }
    if isMeasured { profiledFrames.add(frames, ordering: .relaxed) }
    if isLocating { endLocating() }
  }

  /// What there is to do in this chunk: what stands still is left out while no parameter moves.
  private func pass(through plan: UnsafeMutablePointer<Plan>, isInspected: Bool) -> PlanPass {
    let rests = plan.pointee.isSettled && plan.pointee.movingCount == 0
    let skipsConstants = rests && plan.pointee.hasRunConstants && !isInspected
    plan.pointee.hasRunConstants = rests
    return PlanPass(
      runs: plan.pointee.runs.baseAddress!, end: plan.pointee.runs.count, skipsConstants: skipsConstants,
      allIdle: skipsConstants && plan.pointee.isIdle)
  }

  /// A stretch of the plan, on any thread that renders.
  @inline(__always)
  func run(
    _ pass: PlanPass, of plan: UnsafeMutablePointer<Plan>, _ context: UnsafePointer<RenderContext>,
    isMeasured: Bool, isShown: Bool, thread: Int
  ) {
    guard isMeasured || isShown else { return pass.run(plan.pointee.steps.baseAddress!, context) }
    pass.run(
      plan, context, isMeasured: isMeasured, isShown: isShown,
      wants: { meters.knows($0.node) || scopes.knows($0.node) }, { show($0, $1, context, thread: thread) })
  }

  /// Shows whoever looks what a node has made.
  private func show(_ step: Step, _ site: FaultSite, _ context: UnsafePointer<RenderContext>, thread: Int) {
    if meters.nodeCount > 0 { meters.measure(step, site, frames: context.pointee.frames, thread: thread) }
    if scopes.nodeCount > 0 { scopes.record(step, site, context, thread: thread) }
  }
}
