import Engine
import PatchKit

/// What was committed, step by step, and back again.
///
/// Knobs that were turned live since a commit make a step of their own: undoing a cable does not turn them back, and
/// undoing once more does.
struct History {
  /// Steps that are kept; the oldest goes first.
  static let limit = 1_000

  struct Step {
    var difference: DraftDifference
    /// The revision that it made; nil where knobs were turned without a commit.
    var revision: Int?
  }
  private(set) var steps: [Step] = []
  /// How many of the steps are done; those after it are undone.
  private(set) var done = 0
  /// The patch that the steps done have led to.
  private var present = Draft()

  /// Takes in what `draft` changes; what was undone before is forgotten. Without a change nothing happens.
  mutating func record(_ draft: Draft, revision: Int? = nil) {
    let difference = DraftDifference(from: present, to: draft)
    guard !difference.isEmpty else { return }
    steps.removeSubrange(done...)
    steps.append(Step(difference: difference, revision: revision))
    if steps.count > History.limit { steps.removeFirst(steps.count - History.limit) }
    done = steps.count
    present = draft
  }

  /// Before the last step that is done; nil where there is none.
  var previous: Draft? { done == 0 ? nil : applied(steps[done - 1].difference.reversed) }
  /// After the first step that is undone; nil where there is none.
  var next: Draft? { done == steps.count ? nil : applied(steps[done].difference) }

  /// Snapshots that were kept or forgotten since the last step: no step undoes that.
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
}

extension Session {
  /// Makes the patch before the last commit the draft, and commits it; `forward`: what was undone last.
  ///
  /// Nodes keep their serials, and so their state where they never left. Edits of the draft that were not committed
  /// are given up, as by `/patch/abort`.
  func step(forward: Bool, _ call: Call) throws(PatchError) {
    try inOrder(call) { [unowned self] _ throws(PatchError) in
      collectControllerValues()
      store.recordParameters()
      guard let target = forward ? store.history.next : store.history.previous else {
        throw PatchError(.nothingToDo, forward ? "nothing has been undone" : "there is nothing to undo")
      }
      let missing = missingSounds(of: target.patch)
      guard missing.isEmpty else { return missing }
      try compile(target, call, ramp: PlanPublisher.usualRamp) {
        store.step(by: forward ? 1 : -1, to: target, by: client(of: call))
      }
      return []
    }
  }
}
