import PatchKit

/// One exact change of saved data, as carried by the edit stream and the journal.
public enum ResolvedEdit: Equatable, Sendable {
  /// An edit of the draft only.
  case draft(PatchEdit)
  /// An edit of the committed patch only.
  case committed(PatchEdit)
  /// An edit of both: parameters, MIDI mappings and snapshots.
  case both(PatchEdit)
  /// The draft becomes the committed patch.
  case commit(revision: Int)
}

/// A draft and its committed patch that follow resolved edits: the reducer of the journal and of clients.
public struct PatchCopy: Equatable, Sendable {
  public var draft: Patch
  public var committed: Patch
  public var revision: Int

  public init(draft: Patch = Patch(), committed: Patch = Patch(), revision: Int = 0) {
    (self.draft, self.committed, self.revision) = (draft, committed, revision)
  }

  /// - Throws: if the edit was made for another patch; the copy is then unchanged.
  public mutating func apply(_ edit: ResolvedEdit) throws(PatchError) {
    switch edit {
    case .draft(let edit): try draft.apply(edit)
    case .committed(let edit): try committed.apply(edit)
    case .both(.param(let port, let value)):
      // Without a copy, which a large patch would have made for each value.
      _ = try draft.node(port.node)
      _ = try committed.node(port.node)
      try draft.apply(.param(port, value))
      try committed.apply(.param(port, value))
    case .both(let edit):
      var other = committed
      try other.apply(edit)
      try draft.apply(edit)
      committed = other
    case .commit(let revision):
      committed = draft
      self.revision = revision
    }
  }
}
