// [audio] One block: the steps that have work to do, in order.
import CRealtime
import DSP
import ModuleKit
import Synchronization

extension AudioState {
  func renderBlock(_ inputs: HostInputs, _ outputs: HostOutputs, at offset: Int, frames: Int) {
    bus.begin(inputs, at: offset, frames: frames)
    if let plan = active {
      context.pointee.frame = now
      context.pointee.frames = frames
      context.pointee.isSettled = plan.pointee.isSettled
      plan.pointee.advanceParameters(frames)
      run(plan, frames)
      for entry in plan.pointee.allocators { entry.allocator.pointee.advance(frames, from: now) }
      for ramp in plan.pointee.ramping { ramp.pointee.advance(frames) }
      if now < weightsEnd { for group in 0..<Engine.groupLimit { weights.row()[group].advance(frames) } }
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

  private func run(_ plan: Reference<Plan>, _ frames: Int) {
    let context = context, isLocating = locating != nil
    if isLocating { foundFault = false }
    let isShown = showsNodes || isTapped
    let isMeasured = crossings.isProfiled.load(ordering: .relaxed)
    context.pointee.isSteady = plan.pointee.isSettled && plan.pointee.movingCount == 0 && plan.pointee.hasRunConstants
    context.pointee.isShown = isShown
    context.pointee.isIsolating = isIsolating
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
  private func pass(through plan: Reference<Plan>, isInspected: Bool) -> PlanPass {
    let isConstant = plan.pointee.isSettled && plan.pointee.movingCount == 0
    let skipsConstants = isConstant && plan.pointee.hasRunConstants && !isInspected
    plan.pointee.hasRunConstants = isConstant
    return PlanPass(
      runs: plan.pointee.runs, end: plan.pointee.runs.count, skipsConstants: skipsConstants,
      allIdle: skipsConstants && plan.pointee.isIdle)
  }

  /// Runs a range of the plan's runs, on any rendering thread.
  @inline(__always)
  func run(
    _ pass: PlanPass, of plan: Reference<Plan>, _ context: Reference<RenderContext>,
    isMeasured: Bool, isShown: Bool, thread: Int
  ) {
    guard isMeasured || isShown else { return pass.run(plan.pointee.steps, context) }
    if !isMeasured && !showsNodes && probes.count == 0 {
      return pass.run(plan, context) { OutputLevels.measure($0, in: plan, context) }
    }
    pass.run(
      plan, context, isMeasured: isMeasured, isShown: isShown,
      wants: { meters.knows($0.node) || scopes.knows($0.node) },
      tap: { tap($0, in: plan, context, thread: thread) }, { show($0, $1, context, thread: thread) })
  }
}

/// Selects the runs to render: skips idle voices and, while no parameter moves, constant runs.
struct PlanPass {
  var runs: Row<StepRun>
  var first = 0
  var end: Int
  var skipsConstants: Bool
  /// No voice plays or sounds.
  var allIdle: Bool

  @inline(__always)
  func eachRun(_ body: (StepRun) -> Void) {
    if !skipsConstants {
      // Constant runs are rendered for idle voices too: their outputs must be valid when the voices start.
      return runs.each(from: first, to: end) {
        if $0.pointee.isConstant || $0.pointee.isSum || !$0.pointee.isIdle { body($0.pointee) }
      }
    }
    var run = first
    if run < end && runs[run].isConstant { run = runs[run].nextVarying }
    while run < end {
      if allIdle && !runs[run].notes.isEmpty {
        run = runs[run].nextVoiceless
      } else if runs[run].isIdle {
        run = runs[run].next
      } else {
        body(runs[run])
        run = runs[run].nextVarying
      }
    }
  }

  /// Runs the steps of all selected runs.
  @inline(__always)
  func run(_ steps: Row<Step>, _ context: Reference<RenderContext>) {
    eachRun { run in steps.each(from: run.first, to: run.end) { $0.pointee.run(context) } }
  }
}

/// Adjacent steps that render the voices of the same notes.
struct StepRun {
  var first: Int
  var end: Int
  /// The steps depend on parameters alone: while no parameter moves, their outputs stay constant.
  var isConstant: Bool
  /// The next varying run, the next varying one of other notes, and the next one without notes.
  var nextVarying: Int
  var next: Int
  var nextVoiceless: Int
  /// Behind the sums of voices.
  var isSum: Bool
  /// The note groups; none: the steps always run.
  var notes: Row<Reference<NoteGroup>>

  /// No voice of these notes plays or sounds.
  @inline(__always) var isIdle: Bool {
    for k in 0..<notes.count where !notes[k].pointee.isIdle { return false }
    return !notes.isEmpty
  }
}

/// A function and its operands: nothing is left to look up.
struct Step {
  private let code: StepCode
  var state: RawMemory
  var inputs: SignalList
  var outputs: SignalList
  /// Index of the module step in `Plan.sites`; −1 for the engine's own steps.
  var site: Int

  /// [control]
  init(process: @escaping Process, state: RawMemory, inputs: SignalList, outputs: SignalList, site: Int) {
    code = StepCode(process)
    self.state = state
    self.inputs = inputs
    self.outputs = outputs
    self.site = site
  }

  @inline(__always) func run(_ context: Reference<RenderContext>) { code.run(state, inputs, outputs, context) }
}

extension AudioState {
  /// True if nothing sounds in the coming frames, and nothing happens in them: no event, no plan, no voice, and nobody
  /// looks at signals.
  @inline(__always) func isResting(frames: Int) -> Bool {
    let end = now + frames
    guard events.available == 0, standby.available == 0, pending.first >= end, midi.first >= end, !midi.isSensing,
      !midi.hasOverflowed, midi.session.pointee.source != .midi
    else { return false }
    if let active {
      guard active.pointee.restsWhenIdle, active.pointee.isSettled, active.pointee.hasRunConstants,
        active.pointee.movingCount == 0, active.pointee.areExtraVoicesIdle
      else { return false }
      for entry in active.pointee.allocators {
        guard entry.allocator.pointee.isIdle, entry.allocator.pointee.nextFrame >= end else { return false }
      }
    }
    return !isIsolating && weightsEnd <= now && !context.pointee.lastVoice.isMoving && !master.isMoving
      && panicEnd == Int.max && !panicFade.isMoving && limiter == nil && !isWatched
  }

  /// True if meters, scopes, probes, levels or costs are measured.
  @inline(__always) private var isWatched: Bool {
    showsNodes || scopes.outputCount > 0 || meters.metersOutputs || isTapped
      || crossings.isProfiled.load(ordering: .relaxed)
  }

  /// Renders such a period.
  @inline(__always) func rest(_ outputs: HostOutputs) {
    bus.rest(outputs)
    locatedNothing = false
    let peak = Float(bitPattern: crossings.outputPeak.load(ordering: .relaxed))
    if peak > 0 {
      // Below -120 dB it is silence.
      let fallen = peak * max(0, 1 - 2 * Float(outputs.frames) / Float(sampleRate))
      crossings.outputPeak.store(fallen < VoiceAllocator.silence ? 0 : fallen.bitPattern, ordering: .relaxed)
    }
    crossings.soundingVoices.store(0, ordering: .relaxed)
    crossings.capture.push(outputs, at: now)
  }
}
