// [audio] Stretches of a plan's steps.
import ModuleKit

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
