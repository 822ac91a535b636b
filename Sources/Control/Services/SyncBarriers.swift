import PatchKit

/// Pending `/sync` requests: answered when everything before them is audible.
struct SyncBarriers {
  private struct Barrier {
    let call: Call
    /// The last commit, the last waiting work and the last file before it.
    var ticket: Int
    let work: Int, file: Int
  }
  private var barriers: [Barrier] = []

  var isEmpty: Bool { barriers.isEmpty }

  mutating func add(_ call: Call, after ticket: Int, _ work: Int, _ file: Int) {
    barriers.append(Barrier(call: call, ticket: ticket, work: work, file: file))
  }

  /// Makes barriers behind completed work wait for its commit.
  mutating func move(behind work: Int, to ticket: Int) {
    for i in barriers.indices where barriers[i].work >= work { barriers[i].ticket = ticket }
  }

  /// Answers the barriers whose work is done and whose commits are audible and whose files are written.
  mutating func answer(isDone: (_ ticket: Int, _ work: Int, _ file: Int) -> Bool) {
    barriers.removeAll { barrier in
      guard isDone(barrier.ticket, barrier.work, barrier.file) else { return false }
      let call = barrier.call
      call.requester.send(OSCMessage("/synced", [call.arguments.first, call.requestID].compactMap { $0 }))
      return true
    }
  }
}
