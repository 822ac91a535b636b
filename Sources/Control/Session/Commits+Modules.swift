import PatchKit

/// Hot reload of modules.
extension Commits {
  /// Activates new code of modules at the next period. Nodes keep their parameters, and their state if its layout is
  /// unchanged; otherwise old and new node are crossfaded.
  ///
  /// - Returns: a line for each parameter or cable that the new code lacks.
  /// - Throws: the compilation errors of the committed patch; the old code continues to play.
  public func activate(modules names: [String]) throws(PatchErrors) -> [String] {
    session.plans.finishDraft()
    var lost: [String] = []
    var (committed, draft) = (session.committed.patch, session.draft.patch)
    for module in names.compactMap({ session.registry[$0] }) {
      lost += committed.adapt(to: module)
      _ = draft.adapt(to: module)
    }
    if !lost.isEmpty || draft != session.draft.patch { session.store.adapt(draft: draft, committed: committed) }
    try recompile()
    return lost
  }
}
