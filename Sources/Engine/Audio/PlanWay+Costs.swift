// [audio] What each module costs, and a look at what it has made.
import CRealtime
import DSP
import ModuleKit
import Synchronization

extension PlanPass {
  /// Runs the steps, where it is measured with a look at the clock after each module: what the engine does for a
  /// module's inputs counts as the module's, what it does after the last one as that one's. What is shown is shown
  /// before others see it, a node of a pack where it is wanted; showing is not measured.
  func run(
    _ plan: UnsafeMutablePointer<Plan>, _ context: UnsafePointer<RenderContext>, isMeasured: Bool, isShown: Bool,
    wants: (FaultSite) -> Bool, _ show: (Step, FaultSite) -> Void
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
        if isMeasured { before = weft_nanoseconds() }
      }
    }
    if last >= 0 { PlanPass.charge(Int(weft_nanoseconds() &- before), to: last, in: plan) }
  }

  /// A node, or each of the eight of a pack, as if it had been rendered alone.
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

  /// Eight nodes of a pack share what it costs.
  private static func charge(_ nanoseconds: Int, to site: Int, in plan: UnsafeMutablePointer<Plan>) {
    let count = plan.pointee.sites[site].isPacked ? Voices.count : 1
    for i in 0..<count { plan.pointee.costs[site + i].add(nanoseconds / count, ordering: .relaxed) }
  }
}
