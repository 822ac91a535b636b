import PatchKit

extension Session {
  /// Activates new code of modules at the next period. Nodes keep their parameters, and their state if its layout is
  /// unchanged; otherwise old and new node are crossfaded.
  ///
  /// - Returns: a line for each parameter or cable that the new code lacks.
  /// - Throws: the compilation errors of the committed patch; the old code continues to play.
  public func modulesChanged(_ names: [String]) throws(PatchErrors) -> [String] {
    var lost: [String] = []
    var (committed, draft) = (committed.patch, draft.patch)
    for module in names.compactMap({ registry[$0] }) {
      lost += committed.adapt(to: module)
      _ = draft.adapt(to: module)
    }
    if !lost.isEmpty || draft != self.draft.patch { store.adapt(draft: draft, committed: committed) }
    try recompile()
    return lost
  }

  /// Notifies that new code of a module was refused.
  public func moduleRefused(_ error: PatchError) { notify(error) }
}
