// [audio] What each module costs, and a look at what it has made.
import CRealtime
import DSP
import ModuleKit
import Synchronization

extension PlanWay {
  /// Runs the steps, with a look at the clock after each module; what the engine does for a module's inputs counts as
  /// the module's, what it does after the last one as that one's.
  func runMeasured(_ plan: UnsafeMutablePointer<PlanMemory>, _ context: UnsafePointer<RenderContext>) {
    let steps = plan.pointee.steps.baseAddress!
    var last = -1, before = weft_nanoseconds()
    eachRun { run in
      for i in run.first..<run.end {
        steps[i].run(context)
        guard steps[i].site >= 0 else { continue }
        last = steps[i].site
        let now = weft_nanoseconds()
        PlanWay.charge(Int(now &- before), to: last, in: plan)
        before = now
      }
    }
    if last >= 0 { PlanWay.charge(Int(weft_nanoseconds() &- before), to: last, in: plan) }
  }

  /// Runs the steps and shows what each node has made before others see it; showing is not measured. A node of a pack
  /// is shown where it is wanted.
  func run(
    _ plan: UnsafeMutablePointer<PlanMemory>, _ context: UnsafePointer<RenderContext>, isMeasured: Bool,
    wants: (FaultSite) -> Bool, _ show: (Step, FaultSite) -> Void
  ) {
    let steps = plan.pointee.steps.baseAddress!
    eachRun { run in
      var before = isMeasured ? weft_nanoseconds() : 0
      for i in run.first..<run.end {
        steps[i].run(context)
        guard steps[i].site >= 0 else { continue }
        if isMeasured { PlanWay.charge(Int(weft_nanoseconds() &- before), to: steps[i].site, in: plan) }
        PlanWay.eachNode(of: steps[i], in: plan, context.pointee.frames, wants: wants, show)
        if isMeasured { before = weft_nanoseconds() }
      }
    }
  }

  /// A node, or each of the eight of a pack, as if it had been rendered alone.
  private static func eachNode(
    of step: Step, in plan: UnsafeMutablePointer<PlanMemory>, _ frames: Int, wants: (FaultSite) -> Bool,
    _ show: (Step, FaultSite) -> Void
  ) {
    let sites = plan.pointee.sites.baseAddress! + step.site
    guard sites.pointee.isPacked else { return show(step, sites.pointee) }
    let pack = step.state.assumingMemoryBound(to: PackStep.self)
    for lane in 0..<Voices.count where wants(sites[lane]) {
      pack.pointee.show(lane, of: step.outputs, frames) { show($0, sites[lane]) }
    }
  }

  /// Eight nodes of a pack share what it costs.
  private static func charge(_ nanoseconds: Int, to site: Int, in plan: UnsafeMutablePointer<PlanMemory>) {
    let count = plan.pointee.sites[site].isPacked ? Voices.count : 1
    for i in 0..<count { plan.pointee.costs[site + i].add(nanoseconds / count, ordering: .relaxed) }
  }
}
