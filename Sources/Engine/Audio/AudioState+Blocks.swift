// [audio] One block: the steps that have work to do, in order.
import CRealtime
import DSP
import ModuleKit
import Synchronization

extension AudioState {
  func renderBlock(
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
    let isShown = showsNodes || isTapped
    let isMeasured = crossings.isProfiled.load(ordering: .relaxed)
    let pass = pass(through: plan, isInspected: isIsolating || showsNodes || probes.count > 0 || hasNewReading())
    if isIsolating {
      pass.run(
        plan, context, isMeasured: isMeasured, isShown: true, wants: { _ in true },
        tap: { tap($0, in: plan, context, thread: 0) }
      ) { step, site in
        isolate(step, site, frames)
        show(step, site, context, thread: 0)
      }
    } else if let workers, workers.isCalled, plan.pointee.tasks.count > 1 {
      workers.share(plan, pass, context, isMeasured: isMeasured, isShown: isShown)
    } else {
      run(pass, of: plan, context, isMeasured: isMeasured, isShown: isShown, thread: 0)
    }
    if isMeasured { crossings.profiledFrames.add(frames, ordering: .relaxed) }
    if isLocating { endLocating() }
  }

  /// Selects the work of this block: constant steps are skipped while no parameter moves.
  private func pass(through plan: UnsafeMutablePointer<Plan>, isInspected: Bool) -> PlanPass {
    let isConstant = plan.pointee.isSettled && plan.pointee.movingCount == 0
    let skipsConstants = isConstant && plan.pointee.hasRunConstants && !isInspected
    plan.pointee.hasRunConstants = isConstant
    return PlanPass(
      runs: plan.pointee.runs.baseAddress!, end: plan.pointee.runs.count, skipsConstants: skipsConstants,
      allIdle: skipsConstants && plan.pointee.isIdle)
  }

  /// Runs a range of the plan's runs, on any rendering thread.
  @inline(__always)
  func run(
    _ pass: PlanPass, of plan: UnsafeMutablePointer<Plan>, _ context: UnsafePointer<RenderContext>,
    isMeasured: Bool, isShown: Bool, thread: Int
  ) {
    guard isMeasured || isShown else { return pass.run(plan.pointee.steps.baseAddress!, context) }
    if !isMeasured && !showsNodes && probes.count == 0 {
      return pass.run(plan, context) { OutputLevels.measure($0, in: plan, context) }
    }
    pass.run(
      plan, context, isMeasured: isMeasured, isShown: isShown,
      wants: { meters.knows($0.node) || scopes.knows($0.node) },
      tap: { tap($0, in: plan, context, thread: thread) }, { show($0, $1, context, thread: thread) })
  }

  /// True if outputs of nodes are passed to meters or scopes.
  private var showsNodes: Bool { meters.nodeCount > 0 || scopes.nodeCount > 0 }

  /// Returns true in the first block after a reading of the peaks: constant outputs, whose steps are skipped otherwise,
  /// are then measured once more.
  private func hasNewReading() -> Bool {
    guard crossings.measuresLevels.load(ordering: .relaxed) else { return false }
    let reading = crossings.levelReadings.load(ordering: .acquiring)
    defer { measuredReading = reading }
    return reading != measuredReading
  }

  /// True if levels or inputs are measured.
  private var isTapped: Bool { crossings.measuresLevels.load(ordering: .relaxed) || probes.count > 0 }

  /// Measures output levels and probed inputs of a step.
  private func tap(
    _ step: Step, in plan: UnsafeMutablePointer<Plan>, _ context: UnsafePointer<RenderContext>, thread: Int
  ) {
    if crossings.measuresLevels.load(ordering: .relaxed) { OutputLevels.measure(step, in: plan, context) }
    if probes.count > 0 { probes.measure(step, in: plan, context, thread: thread) }
  }

  /// Passes the outputs of a node to meters and scopes.
  private func show(_ step: Step, _ site: FaultSite, _ context: UnsafePointer<RenderContext>, thread: Int) {
    if meters.nodeCount > 0 { meters.measure(step, site, frames: context.pointee.frames, thread: thread) }
    if scopes.nodeCount > 0 { scopes.record(step, site, context, thread: thread) }
  }
}

/// Selects the runs to render: skips idle voices and, while no parameter moves, constant runs.
struct PlanPass {
  var runs: UnsafeMutablePointer<StepRun>
  var first = 0
  var end: Int
  var skipsConstants: Bool
  /// No voice plays or sounds.
  var allIdle: Bool

  @inline(__always)
  func eachRun(_ body: (StepRun) -> Void) {
    var run = runs + first
    let end = runs + end
    if !skipsConstants {
      while run < end {
        // Constant runs are rendered for idle voices too: their outputs must be valid when the voices start.
        if run.pointee.isConstant || !run.pointee.isIdle { body(run.pointee) }
        run += 1
      }
      return
    }
    if run < end && run.pointee.isConstant { run = runs + run.pointee.nextVarying }
    while run < end {
      if allIdle && run.pointee.noteCount > 0 {
        run = runs + run.pointee.nextVoiceless
      } else if run.pointee.isIdle {
        run = runs + run.pointee.next
      } else {
        body(run.pointee)
        run = runs + run.pointee.nextVarying
      }
    }
  }

  /// Runs the steps of all selected runs.
  @inline(__always)
  func run(_ steps: UnsafeMutablePointer<Step>, _ context: UnsafePointer<RenderContext>) {
    eachRun { run in
      var step = steps + run.first
      let end = steps + run.end
      while step < end {
        step.pointee.run(context)
        step += 1
      }
    }
  }
}

extension PlanPass {
  /// Runs the steps of all selected runs and calls `tap` after each module.
  @inline(__always)
  func run(_ plan: UnsafeMutablePointer<Plan>, _ context: UnsafePointer<RenderContext>, tap: (Step) -> Void) {
    let steps = plan.pointee.steps.baseAddress!
    eachRun { run in
      for i in run.first..<run.end {
        steps[i].run(context)
        if steps[i].site >= 0 { tap(steps[i]) }
      }
    }
  }

  /// Runs the steps. While profiling, the clock is read after each module: the engine's steps before a module count as
  /// its cost, those after the last module as the last one's. Outputs are passed to monitors before other steps read
  /// them (of a pack, node by node where a monitor asks); that is not measured. A step is tapped afterwards.
  func run(
    _ plan: UnsafeMutablePointer<Plan>, _ context: UnsafePointer<RenderContext>, isMeasured: Bool, isShown: Bool,
    wants: (FaultSite) -> Bool, tap: (Step) -> Void, _ show: (Step, FaultSite) -> Void
  ) {
    let steps = plan.pointee.steps.baseAddress!
    var last = -1, before = isMeasured ? weft_nanoseconds() : 0
    eachRun { run in
      for i in run.first..<run.end {
        steps[i].run(context)
        guard steps[i].site >= 0 else { continue }
        if isMeasured {
          let now = weft_nanoseconds()
          last = steps[i].site
          PlanPass.charge(Int(now &- before), to: last, in: plan)
          before = now
        }
        guard isShown else { continue }
        PlanPass.eachNode(of: steps[i], in: plan, context.pointee.frames, wants: wants, show)
        tap(steps[i])
        if isMeasured { before = weft_nanoseconds() }
      }
    }
    if last >= 0 { PlanPass.charge(Int(weft_nanoseconds() &- before), to: last, in: plan) }
  }

  /// Calls `body` for a node, or for each of the eight nodes of a pack as if rendered alone.
  private static func eachNode(
    of step: Step, in plan: UnsafeMutablePointer<Plan>, _ frames: Int, wants: (FaultSite) -> Bool,
    _ show: (Step, FaultSite) -> Void
  ) {
    let sites = plan.pointee.sites.baseAddress! + step.site
    guard sites.pointee.isPacked else { return show(step, sites.pointee) }
    let pack = step.state.assumingMemoryBound(to: PackStep.self)
    for lane in 0..<Voices.count where wants(sites[lane]) {
      pack.pointee.show(lane, of: step.outputs, frames) { show($0, sites[lane]) }
    }
  }

  /// Adds a cost to a site; the eight nodes of a pack share it equally.
  private static func charge(_ nanoseconds: Int, to site: Int, in plan: UnsafeMutablePointer<Plan>) {
    let count = plan.pointee.sites[site].isPacked ? Voices.count : 1
    for i in 0..<count { plan.pointee.costs[site + i].add(nanoseconds / count, ordering: .relaxed) }
  }
}
