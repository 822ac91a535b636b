import PatchKit

/// The committed patches step by step, and the drafts that were replaced without a commit.
///
/// Parameters that were set live since a commit make a step of their own: undoing a cable does not revert them, undoing
/// once more does.
struct History {
  /// The most entries, and the most bytes that they hold, as `byteEstimate` counts them; the oldest goes first.
  static let limit = 1_000, mostBytes = 64 << 20

  struct Step {
    var difference: DraftDifference
    /// The revision that it made; nil where parameters were set without a commit.
    var revision: Int?
    fileprivate var order: Int, bytes: Int
  }
  /// A draft that was not committed when it was replaced.
  struct KeptDraft {
    /// By which it is restored.
    var number: Int
    var draft: Draft
    /// Its difference from the patch that was committed then.
    var summary: String
    fileprivate var order: Int, bytes: Int
  }
  enum Entry {
    case step(Step, isDone: Bool)
    case draft(KeptDraft)
  }

  private(set) var steps: [Step] = []
  private(set) var drafts: [KeptDraft] = []
  /// The number of steps that are done; those after it are undone.
  private(set) var done = 0
  /// The patch that the steps done have led to.
  private var present = Draft()
  private var lastOrder = 0, lastDraft = 0
  private(set) var bytes = 0

  /// All entries in the order in which they were made.
  var entries: [Entry] {
    var entries: [Entry] = [], kept = drafts[...]
    for (i, step) in steps.enumerated() {
      while let draft = kept.first, draft.order < step.order { entries.append(.draft(kept.removeFirst())) }
      entries.append(.step(step, isDone: i < done))
    }
    return entries + kept.map { .draft($0) }
  }

  /// Records the change to `draft`; undone steps are dropped. Without a change nothing happens.
  mutating func record(_ draft: Draft, revision: Int? = nil) {
    let difference = DraftDifference(from: present, to: draft)
    guard !difference.isEmpty else { return }
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

  /// Keeps a draft that is about to be replaced; one that was kept last is not kept twice.
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

  /// The patch before the last step that is done; nil where there is none.
  var previous: Draft? { done == 0 ? nil : applied(steps[done - 1].difference.reversed) }
  /// The patch after the first step that is undone; nil where there is none.
  var next: Draft? { done == steps.count ? nil : applied(steps[done].difference) }

  /// The change that an undo would revert; nil where there is none.
  ///
  /// - Parameter committed: with parameters that were set since the last step.
  func undoLabel(_ committed: Draft) -> String? {
    let unrecorded = DraftDifference(from: present, to: committed)
    if !unrecorded.isEmpty { return unrecorded.summary }
    return done == 0 ? nil : steps[done - 1].difference.summary
  }
  /// The change that a redo would make; nil where there is none.
  func redoLabel(_ committed: Draft) -> String? {
    let isAfter = done < steps.count && DraftDifference(from: present, to: committed).isEmpty
    return isAfter ? steps[done].difference.summary : nil
  }

  /// Snapshots that were stored or deleted since the last step: no step undoes that.
  mutating func keep(_ snapshots: [String: Snapshot]) { present.patch.snapshots = snapshots }

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
