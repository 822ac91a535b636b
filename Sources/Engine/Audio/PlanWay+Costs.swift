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

  /// Runs the steps and shows each of a module's before others see what it has made; showing is not measured.
  func run(
    _ plan: UnsafeMutablePointer<PlanMemory>, _ context: UnsafePointer<RenderContext>, isMeasured: Bool,
    _ show: (Step) -> Void
  ) {
    let steps = plan.pointee.steps.baseAddress!
    eachRun { run in
      var before = isMeasured ? weft_nanoseconds() : 0
      for i in run.first..<run.end {
        steps[i].run(context)
        guard steps[i].site >= 0 else { continue }
        if isMeasured { PlanWay.charge(Int(weft_nanoseconds() &- before), to: steps[i].site, in: plan) }
        show(steps[i])
        if isMeasured { before = weft_nanoseconds() }
      }
    }
  }

  /// Eight nodes of a pack share what it costs.
  private static func charge(_ nanoseconds: Int, to site: Int, in plan: UnsafeMutablePointer<PlanMemory>) {
    let count = plan.pointee.sites[site].isPacked ? Voices.count : 1
    for i in 0..<count { plan.pointee.costs[site + i].add(nanoseconds / count, ordering: .relaxed) }
  }
}
