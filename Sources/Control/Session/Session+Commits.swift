import CRealtime
import Engine
import PatchKit

/// From the draft to a plan.
extension Session {
  /// Commits the draft as it is now, once its sounds are read; answers `call` when it sounds.
  func commit(_ call: Call, ramp: Double) throws(PatchError) {
    collectControllerValues()
    try inOrder(call) { [unowned self] number throws(PatchError) in
      guard let asked = store.waiting(number) else { return [] }
      let missing = missingSounds(of: asked.patch)
      guard missing.isEmpty else { return missing }
      try compile(asked, call, ramp: ramp) { store.commit(asked, by: client(of: call)) }
      return []
    }
  }

  /// Compiles a draft that becomes the committed patch by `change`; answers `call` when it sounds.
  func compile(_ asked: Draft, _ call: Call, ramp: Double, _ change: () -> Void) throws(PatchError) {
    let moment = weft_nanoseconds(), ringing = ringOuts(after: asked, at: call.frame)
    let prepared: PlanPublisher.Prepared
    do throws(PatchErrors) { prepared = try plans.prepare(ringing.added(to: asked)) } catch { throw error.asOne }
    change()
    let revision = store.revision
    perform { [unowned self] in
      waitingCommits[lastTicket + 1] = (call, revision, moment)
      ringOuts = ringing
      publish(prepared, ramp: ramp, at: call.frame)
    }
  }

  /// Compiles the committed patch once more: its nodes are the same; its ring-outs, modules or MIDI mappings are not.
  func recompile(ramp: Double = PlanPublisher.usualRamp) throws(PatchErrors) {
    soundReader?.keepsOld = true
    defer { soundReader?.keepsOld = false }
    let prepared = try plans.prepare(ringOuts.added(to: committed))
    perform { [unowned self] in publish(prepared, ramp: ramp) }
  }

  /// Compiles the committed patch with another file in one node: old and new sound are crossfaded.
  func compileFile(_ patch: Draft, at frame: Int?) throws(PatchError) {
    let prepared: PlanPublisher.Prepared
    do throws(PatchErrors) { prepared = try plans.prepare(ringOuts.added(to: patch)) } catch { throw error.asOne }
    perform { [unowned self] in publish(prepared, at: frame) }
  }

  private func publish(_ prepared: PlanPublisher.Prepared, ramp: Double = PlanPublisher.usualRamp, at frame: Int? = nil)
  {
    lastTicket += 1
    do throws(PatchErrors) {
      try plans.commit(prepared, ramp: ramp, at: frame, ticket: lastTicket)
    } catch {
      // Another commit of the same bundle came in between, and there is no memory for this one any more.
      if let commit = waitingCommits.removeValue(forKey: lastTicket) { fail(commit.call, error.asOne) }
    }
  }

  /// Parameters that controllers have set; not amid a transaction, whose failure would lose them.
  func collectControllerValues() {
    if transaction == nil { plans.collectControllerValues() }
  }

  func commitSounds(_ ticket: Int) {
    guard let commit = waitingCommits.removeValue(forKey: ticket) else { return }
    let milliseconds = Double(weft_nanoseconds() - commit.asked) / 1e6
    commit.call.done([.int32(Int32(truncatingIfNeeded: commit.revision)), .float(Float(milliseconds))])
    notify(.commit, [.int32(Int32(truncatingIfNeeded: commit.revision))], except: commit.call.requester.id)
  }

  func soundFailed(_ error: PatchError) {
    let place = error.place.path.map { $0 + ": " } ?? ""
    notify(
      .error, [.string(error.code.rawValue), .string(place + error.sentence + "; it stays silent")], except: nil)
    onUnreadable(error)
  }

  /// Restarts everything at another rate; only while nothing renders.
  public func change(sampleRate: Double) {
    guard sampleRate != engine.sampleRate else { return }
    let held = plans.change(sampleRate: sampleRate)
    rateChanged()
    ringOuts = RingOuts()
    awaitSounds()
    // What compiled before compiles again, at any rate.
    try? recompile()
    for (node, note) in held { _ = plans.play(note, node: node) }
  }
}

extension PatchErrors {
  /// As one error: the first, with the others listed in its message.
  var asOne: PatchError {
    guard var first = errors.first else { return PatchError(.syntax, "the patch is not valid") }
    guard errors.count > 1 else { return first }
    first.message = errors.map(\.description).joined(separator: "\n")
    first.place = Place()
    return first
  }
}
