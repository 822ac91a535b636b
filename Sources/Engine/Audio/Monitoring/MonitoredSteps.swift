// [audio] Steps whose outputs and costs are measured: meters, scopes, levels, probes, profiling.
import CRealtime
import DSP
import ModuleKit
import Synchronization

extension AudioState {
  /// True if outputs of nodes are passed to meters or scopes.
  var showsNodes: Bool { meters.nodeCount > 0 || scopes.nodeCount > 0 }

  /// Returns true in the first block after a reading of the peaks: constant outputs, whose steps are skipped otherwise,
  /// are then measured once more.
  func hasNewReading() -> Bool {
    guard crossings.measuresLevels.load(ordering: .relaxed) else { return false }
    let reading = crossings.levelReadings.load(ordering: .acquiring)
    defer { measuredReading = reading }
    return reading != measuredReading
  }

  /// True if levels or inputs are measured.
  var isTapped: Bool { crossings.measuresLevels.load(ordering: .relaxed) || probes.count > 0 }

  /// Measures output levels and probed inputs of a step.
  func tap(
    _ step: Step, in plan: UnsafeMutablePointer<Plan>, _ context: UnsafePointer<RenderContext>, thread: Int
  ) {
    if crossings.measuresLevels.load(ordering: .relaxed) { OutputLevels.measure(step, in: plan, context) }
    if probes.count > 0 { probes.measure(step, in: plan, context, thread: thread) }
  }

  /// Passes the outputs of a node to meters and scopes.
  func show(_ step: Step, _ site: FaultSite, _ context: UnsafePointer<RenderContext>, thread: Int) {
    if meters.nodeCount > 0 { meters.measure(step, site, frames: context.pointee.frames, thread: thread) }
    if scopes.nodeCount > 0 { scopes.record(step, site, context, thread: thread) }
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
