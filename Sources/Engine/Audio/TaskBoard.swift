// [audio] Which tasks of a chunk are taken, and which are done, in one word.

/// From the top: 24 bits of the round, which changes with each chunk; a bit for each task that is done; a bit for each
/// that is taken. Tasks that are not there are both.
///
/// The same round comes again after 16 million chunks, some hours: nobody looks for so long.
struct TaskBits {
  let word: UInt64

  private static let bits = UInt64(Partition.limit), all = UInt64(1) << bits - 1

  init(word: UInt64) { self.word = word }

  /// - Parameter tasks: those that are there, a bit each.
  init(round: UInt32, tasks: UInt32) {
    let absent = TaskBits.all & ~UInt64(tasks)
    word = UInt64(round) << (2 * TaskBits.bits) | absent << TaskBits.bits | absent
  }

  static func taken(_ task: Int) -> UInt64 { 1 << UInt64(task) }
  static func done(_ task: Int) -> UInt64 { 1 << (bits + UInt64(task)) }

  @inline(__always) private var taken: UInt32 { UInt32(truncatingIfNeeded: word & TaskBits.all) }
  @inline(__always) var done: UInt32 { UInt32(truncatingIfNeeded: word >> TaskBits.bits & TaskBits.all) }
  /// Nobody has them.
  @inline(__always) var open: UInt32 { UInt32(TaskBits.all) & ~taken }
  @inline(__always) var isDone: Bool { done == UInt32(TaskBits.all) }
}
