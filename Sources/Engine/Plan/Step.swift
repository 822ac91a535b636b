// [audio] Steps of a plan, and the runs of steps that share their voices.
import CRealtime
import ModuleKit

/// What is called, on what: nothing is left to look up.
struct Step {
  /// The two words of the closure; its kernel, or the program, keeps it.
  private let code: UnsafeRawPointer
  private let captured: UnsafeRawPointer?
  var state: UnsafeMutableRawPointer
  var inputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>
  var outputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>
  /// The module step's place in `Plan.faultSites`; −1 for the engine's own steps.
  var site: Int

  /// [control]
  init(
    process: @escaping Process, state: UnsafeMutableRawPointer,
    inputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>, outputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>,
    site: Int
  ) {
    // Inside a struct a closure has its own form; alone it would be wrapped for generic callers first.
    (code, captured) = unsafeBitCast(Callee(process: process), to: (UnsafeRawPointer, UnsafeRawPointer?).self)
    self.state = state
    self.inputs = inputs
    self.outputs = outputs
    self.site = site
  }

  private struct Callee {
    let process: Process
  }

  @inline(__always) func run(_ context: UnsafePointer<RenderContext>) {
    weft_call(code, captured, state, inputs, outputs, context)
  }
}

/// Where a non-finite sample can come from: a module step, and how to reset it.
struct FaultSite {
  /// The serial of the node.
  var node: Int
  /// Which group of its voices.
  var group: Int
  var state: UnsafeMutableRawPointer
  var initial: UnsafeMutableRawPointer
  var stateBytes: Int
  /// Memory to clear: bases and byte counts.
  var cleared: UnsafeMutablePointer<UnsafeMutableRawBufferPointer>
  var clearedCount: Int
  var outputCount: Int
  /// Values (of 4 bytes) a frame.
  var lanes: Int
  /// The place of its first output among the peaks of the plan.
  var firstPeak = 0
  /// The node is one of a pack, whose eight sites lie side by side.
  var isPacked = false
  /// Part of a cycle: what it makes comes back to it.
  var isInLoop: Bool
  var recovery: UnsafeMutablePointer<FaultRecovery>

  /// Back to the state before the first frame.
  func reset() {
    state.copyMemory(from: initial, byteCount: stateBytes)
    for i in 0..<clearedCount {
      cleared[i].baseAddress!.initializeMemory(as: UInt8.self, repeating: 0, count: cleared[i].count)
    }
  }
}

/// Steps that stand side by side and render the voices of the same notes.
struct StepRun {
  var first: Int
  var end: Int
  /// Parameters alone decide what these steps give: while no parameter moves, their outputs hold.
  var isConstant: Bool
  /// The next run but for still ones, that of them that is of other notes, and that which is of no notes.
  var nextVarying: Int
  var next: Int
  var nextVoiceless: Int
  /// The notes; none: the steps always run.
  var notes: UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>>
  var noteCount: Int

  /// No voice of any of these notes plays or sounds.
  @inline(__always) var isIdle: Bool {
    for k in 0..<noteCount where !notes[k].pointee.isIdle { return false }
    return noteCount > 0
  }
}

/// The runs that make up one task.
struct TaskRuns {
  var first: Int
  var end: Int
  /// The tasks that must be done before, a bit each.
  var needs: UInt32
  /// The thread that had better do it.
  var home: Int
}
