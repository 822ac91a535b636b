import Engine
import PatchKit

/// Undo, redo and stored drafts.
extension Commits {
  /// Undoes the last commit, or (`forward`) redoes the last undone one; the result is committed.
  ///
  /// Nodes keep their serials, and their state unless they were removed. A dirty draft is stored in the history.
  func step(forward: Bool, _ call: Call) throws(PatchError) {
    try session.soundQueue.perform(call) { [unowned self] _ throws(PatchError) in
      session.collectControllerValues()
      session.store.recordParameters()
      guard let target = forward ? session.store.history.next : session.store.history.previous else {
        throw PatchError(.nothingToDo, forward ? "nothing has been undone" : "there is nothing to undo")
      }
      let missing = session.soundQueue.missingSounds(of: target.patch)
      guard missing.isEmpty else { return .sounds(missing) }
      return try compile(target, call, ramp: PlanPublisher.usualRamp) {
        for edit in session.store.step(by: forward ? 1 : -1, to: target, by: session.client(of: call)) {
          guard case .param(let port, let value) = edit,
            let spec = session.draft.patch.spec(of: port, in: session.registry)
          else {
            continue
          }
          session.parameters.notify(port.node, port.port, value ?? spec.value(of: spec.defaultValue), except: nil)
        }
      }
    }
  }

  /// Restores a stored draft, without a commit.
  func restoreDraft(_ number: Int, _ call: Call) throws(PatchError) {
    guard let draft = session.store.history.kept(number) else {
      let numbers = session.store.history.drafts.map { "\($0.number)" }
      throw PatchError(
        .nothingToDo,
        "the history has no draft \(number)"
          + (numbers.isEmpty ? "" : ": it has \(numbers.suffix(8).joined(separator: ", "))"),
        suggestions: numbers.last.map { [$0] } ?? [])
    }
    session.store.replaceDraft(with: draft, by: session.client(of: call))
  }
}
