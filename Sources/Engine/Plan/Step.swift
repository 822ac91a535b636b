// [audio] Steps of a plan, and the runs of steps that share their voices.
import CRealtime
import ModuleKit

/// A function and its operands: nothing is left to look up.
struct Step {
  /// The two words of the closure; its kernel, or the program, keeps it alive.
  private let code: UnsafeRawPointer
  private let captured: UnsafeRawPointer?
  var state: UnsafeMutableRawPointer
  var inputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>
  var outputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>
  /// Index of the module step in `Plan.faultSites`; −1 for the engine's own steps.
  var site: Int

  /// [control]
  init(
    process: @escaping Process, state: UnsafeMutableRawPointer,
    inputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>, outputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>,
    site: Int
  ) {
    // A closure in a struct has its native form; alone it would be wrapped for generic callers first.
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

/// A module step that may produce non-finite samples, and the data to reset it.
struct FaultSite {
  /// The serial of the node.
  var node: Int
  /// Its voice group.
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
  /// Index of its first output among the peaks of the plan.
  var firstPeak = 0
  /// The node is one of a pack, whose eight sites are adjacent.
  var isPacked = false
  /// Part of a cycle: its output feeds back to it.
  var isInLoop: Bool
  var recovery: UnsafeMutablePointer<FaultRecovery>

  /// Restores the state before the first frame.
  func reset() {
    state.copyMemory(from: initial, byteCount: stateBytes)
    for i in 0..<clearedCount {
      cleared[i].baseAddress!.initializeMemory(as: UInt8.self, repeating: 0, count: cleared[i].count)
    }
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
  /// The note groups; none: the steps always run.
  var notes: UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>>
  var noteCount: Int

  /// No voice of these notes plays or sounds.
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
  /// The preferred thread.
  var home: Int
}
