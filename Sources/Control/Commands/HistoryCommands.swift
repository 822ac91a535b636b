import PatchKit

extension CommandTable {
  /// Undo, redo, kept drafts and differences.
  static let historyCommands: [Command] = [
    Command(
      "/patch/undo", [],
      "Undoes the last commit, or the parameters set since, and commits the result; at most \(History.limit) steps",
      .commit
    ) { session, call throws(PatchError) in
      try session.commits.step(forward: false, call)
      return .replied
    },
    Command("/patch/redo", [], "Commits the last undone step again", .commit) { session, call throws(PatchError) in
      try session.commits.step(forward: true, call)
      return .replied
    },
    history("/patch/history"),
    history("/history"),
    Command("/patch/diff", [], "Lists the changes that a commit would make, a line each") { session, call in
      let committed = session.committed, draft = session.draft
      return .listing(
        Listing(size: committed.patch.itemCount + draft.patch.itemCount) {
          Listing.Rows(DraftDifference(from: committed, to: draft).lines.map { [.string($0)] })
        })
    },
  ]
}

extension CommandTable {
  private static func history(_ address: String) -> Command {
    Command(
      address, [.value("count-or-restore", .optional), .integer("number", .optional)],
      "Lists the history, oldest first: revision (0 for parameters set live), done or undone, changes; kept drafts as "
        + "number, draft, changes. With restore and a number: puts a kept draft back into the draft",
      .editIf { $0.first?.text == "restore" }
    ) { session, call throws(PatchError) in
      if let word = call.optionalText(0) {
        guard word == "restore", let number = call.optionalNumber(1).flatMap({ Int(exactly: $0) }) else {
          throw PatchError(.argumentType, "allowed are a count, or restore and a number", suggestions: ["restore"])
        }
        try session.commits.restoreDraft(number, call)
        return .done([.int32(Int32(clamping: number))])
      }
      guard call.arguments.count < 2 else {
        throw PatchError(.argumentCount, "/patch/history takes a count, or restore and a number")
      }
      session.collectControllerValues()
      session.store.recordParameters()
      let entries = session.store.history.entries
      let count = max(0, Int(exactly: call.optionalNumber(0) ?? Double(History.limit)) ?? History.limit)
      let shown = entries.suffix(count)
      for entry in shown { call.item(entry.osc) }
      return .done([.int32(Int32(shown.count))])
    }
  }
}

extension History.Entry {
  fileprivate var osc: [OSCArgument] {
    switch self {
    case .step(let step, let isDone):
      [
        .int32(Int32(truncatingIfNeeded: step.revision ?? 0)), .string(isDone ? "done" : "undone"),
        .string(step.difference.summary),
      ]
    case .draft(let kept): [.int32(Int32(clamping: kept.number)), "draft", .string(kept.summary)]
    }
  }
}
