import PatchKit

extension CommandTable {
  /// What was committed, and what would be.
  static let historyCommands: [Command] = [
    Command(
      "/patch/undo", [],
      "Commits the patch before the last commit, or before knobs were turned since; \(History.limit) steps back at most",
      .commit
    ) { session, call throws(PatchError) in
      try session.step(forward: false, call)
      return .replied
    },
    Command("/patch/redo", [], "Commits what was undone last", .commit) { session, call throws(PatchError) in
      try session.step(forward: true, call)
      return .replied
    },
    Command(
      "/patch/history", [.integer("count", .optional)],
      "Lists the last commits, oldest first: revision (0 for knobs turned live), done or undone, what it changed"
    ) { session, call in
      session.collectControllerValues()
      session.store.recordParameters()
      let history = session.store.history
      let count = max(0, Int(exactly: call.optionalNumber(0) ?? Double(History.limit)) ?? History.limit)
      let first = max(0, history.steps.count - count)
      for i in first..<history.steps.count {
        let step = history.steps[i]
        call.item([
          .int32(Int32(truncatingIfNeeded: step.revision ?? 0)), .string(i < history.done ? "done" : "undone"),
          .string(step.difference.summary),
        ])
      }
      return .done([.int32(Int32(history.steps.count - first))])
    },
    Command("/patch/diff", [], "Lists what a commit would change, a line a change") { session, call in
      let lines = DraftDifference(from: session.committed, to: session.draft).lines
      for line in lines { call.item([.string(line)]) }
      return .done([.int32(Int32(clamping: lines.count))])
    },
  ]
}

extension DraftDifference {
  /// In one line that a datagram holds.
  fileprivate var summary: String {
    let lines = lines
    var text = "", shown = 0
    for line in lines {
      if text.utf8.count + line.utf8.count > 400 && shown > 0 { break }
      text += (shown > 0 ? "; " : "") + (line.pieces(of: 400).first ?? "")
      shown += 1
    }
    if lines.isEmpty { return "nodes made anew" }
    return shown < lines.count ? text + "; and \(lines.count - shown) more" : text
  }
}
