import PatchKit

extension Session {
  /// Modules have new code: it takes over at the next period, with every node's knobs, and its state where that is made
  /// alike; else the old and the new node are crossfaded.
  ///
  /// - Returns: a line for each knob or cable that the new code has not.
  /// - Throws: what keeps what sounds from being compiled with it; the old code plays on then.
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

  /// New code of a module was refused.
  public func moduleRefused(_ error: PatchError) { notify(error) }
}
