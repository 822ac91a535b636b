import PatchKit

/// History of committed patches, and of drafts that were replaced without a commit.
///
/// Parameters set live since a commit are a separate step: the first undo reverts them, the next one the commit before.
struct History {
  /// Maximum number of entries and of their bytes by `byteEstimate`; the oldest is removed first.
  static let limit = 1_000, mostBytes = 64 << 20

  struct Step {
    var difference: DraftDifference
    /// The revision of the commit; nil for parameters set without a commit.
    var revision: Int?
    fileprivate var order: Int, bytes: Int
  }
  /// A draft that was replaced without a commit.
  struct KeptDraft {
    /// The number for restoring it.
    var number: Int
    var draft: Draft
    /// Its difference from the committed patch at that time.
    var summary: String
    fileprivate var order: Int, bytes: Int
  }
  enum Entry {
    case step(Step, isDone: Bool)
    case draft(KeptDraft)
  }

  private(set) var steps: [Step] = []
  private(set) var drafts: [KeptDraft] = []
  /// Number of done steps; the steps after it are undone.
  private(set) var done = 0
  /// The patch after the done steps.
  private var present = Draft()
  private var lastOrder = 0, lastDraft = 0
  private(set) var bytes = 0

  /// All entries in order of creation.
  var entries: [Entry] {
    var entries: [Entry] = [], kept = drafts[...]
    for (i, step) in steps.enumerated() {
      while let draft = kept.first, draft.order < step.order { entries.append(.draft(kept.removeFirst())) }
      entries.append(.step(step, isDone: i < done))
    }
    return entries + kept.map { .draft($0) }
  }

  /// Records the change to `draft` and drops undone steps. No effect without a change.
  mutating func record(_ draft: Draft, revision: Int? = nil) {
    let difference = DraftDifference(from: present, to: draft)
    guard !difference.isEmpty else {
      present.file = draft.file
      return
    }
    bytes -= steps[done...].reduce(0) { $0 + $1.bytes }
    steps.removeSubrange(done...)
    lastOrder += 1
    let step = Step(difference: difference, revision: revision, order: lastOrder, bytes: difference.byteEstimate)
    steps.append(step)
    bytes += step.bytes
    done = steps.count
    present = draft
    trim()
  }

  /// Stores a draft that is about to be replaced, unless it equals the last stored one.
  mutating func keep(_ draft: Draft, over committed: Draft) {
    if let last = drafts.last, last.draft.patch == draft.patch { return }
    lastOrder += 1
    lastDraft += 1
    let summary = DraftDifference(from: committed, to: draft).summary
    drafts.append(
      KeptDraft(
        number: lastDraft, draft: draft, summary: summary, order: lastOrder, bytes: draft.patch.byteEstimate))
    bytes += drafts.last!.bytes
    trim()
  }

  func kept(_ number: Int) -> Draft? { drafts.first { $0.number == number }?.draft }

  /// The patch before the last done step; nil if none.
  var previous: Draft? { done == 0 ? nil : applied(steps[done - 1].difference.reversed) }
  /// The patch after the first undone step; nil if none.
  var next: Draft? { done == steps.count ? nil : applied(steps[done].difference) }

  /// The change that an undo would revert; nil if none.
  ///
  /// - Parameter committed: the committed patch with parameters set since the last step.
  func undoLabel(_ committed: Draft) -> String? {
    let unrecorded = DraftDifference(from: present, to: committed)
    if !unrecorded.isEmpty { return unrecorded.summary }
    return done == 0 ? nil : steps[done - 1].difference.summary
  }
  /// The change that a redo would apply; nil if none.
  func redoLabel(_ committed: Draft) -> String? {
    let isAfter = done < steps.count && DraftDifference(from: present, to: committed).isEmpty
    return isAfter ? steps[done].difference.summary : nil
  }

  /// Stores the snapshots in the current state, so that no step reverts them.
  mutating func keep(_ snapshots: [String: Snapshot]) { present.patch.snapshots = snapshots }

  /// Stores the file in the current state: undo of an edit keeps it, undo of a load does not.
  mutating func keep(file: String?) { present.file = file }

  mutating func move(by count: Int, to draft: Draft) {
    done += count
    present = draft
  }

  private func applied(_ difference: DraftDifference) -> Draft {
    var draft = present
    difference.apply(to: &draft)
    return draft
  }

  private mutating func trim() {
    while steps.count + drafts.count > History.limit || bytes > History.mostBytes {
      if let draft = drafts.first, steps.first.map({ draft.order < $0.order }) ?? true {
        bytes -= drafts.removeFirst().bytes
      } else if done > 0 {
        bytes -= steps.removeFirst().bytes
        done -= 1
      } else if !steps.isEmpty {
        bytes -= steps.removeLast().bytes
      } else {
        return
      }
    }
  }
}
