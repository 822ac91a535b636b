// [audio] The way through a plan's runs, past what there is nothing to do for.
import ModuleKit

/// Which of a stretch of runs there is something to do for: neither idle voices nor, while no parameter moves, what is still.
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
        // Still ones run for idle voices too: it must be there when they wake.
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

  /// Runs the steps of all of them.
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
