import CRealtime
import Engine
import PatchKit

/// From the draft to what sounds.
extension Session {
  func newSerial() -> Int {
    lastSerial += 1
    return lastSerial
  }

  /// Seconds that cables take to their new amounts, unless told otherwise.
  static let usualRamp = 0.005

  /// Compiles the draft as it is now, once its sounds are read; answers `call` when it sounds, and takes it into the
  /// history.
  func commit(_ call: Call, ramp: Double) throws(PatchError) {
    try inOrder(call) { [unowned self] work throws(PatchError) in
      let missing = missingSounds(of: work.draft.patch)
      guard missing.isEmpty else { return missing }
      plans.collectControllerValues()
      let before = committed
      try compile(work.draft, call, ramp: ramp)
      history.record(before)
      history.record(committed, revision: revision)
      return []
    }
  }

  /// Knobs that were turned since the last commit become a step of the history.
  func recordKnobs() {
    plans.collectControllerValues()
    history.record(committed)
  }

  /// Compiles a draft and answers `call` when it sounds.
  func compile(_ asked: Draft, _ call: Call, ramp: Double) throws(PatchError) {
    let moment = weft_nanoseconds()
    do throws(PatchErrors) {
      lastTicket += 1
      waitingCommits[lastTicket] = (call, revision + 1, moment)
      let ringing = ringOuts(after: asked, at: call.frame)
      try plans.commit(ringing.added(to: asked), ramp: ramp, at: call.frame, ticket: lastTicket)
      ringOuts = ringing
    } catch {
      waitingCommits[lastTicket] = nil
      throw error.asOne
    }
    revision += 1
    draft.ringing.subtract(asked.ringing)
    committed = asked
    committed.ringing = []
  }

  /// Compiles what sounds once more: its nodes are the same, what rings out, what its modules are or what turns
  /// its knobs is not.
  func recompile(ramp: Double = Session.usualRamp) throws(PatchErrors) {
    lastTicket += 1
    soundReader?.keepsOld = true
    defer { soundReader?.keepsOld = false }
    try plans.commit(ringOuts.added(to: committed), ramp: ramp, ticket: lastTicket)
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

  /// What sounds, with another sound in one node, sounds from the next period on; the two are crossfaded.
  func compile(_ patch: Draft, at frame: Int?) throws(PatchError) {
    lastTicket += 1
    do throws(PatchErrors) {
      try plans.commit(patch.identified, ramp: Session.usualRamp, at: frame, ticket: lastTicket)
    } catch { throw error.asOne }
    committed = patch
  }

  /// At another rate everything starts anew; only while nothing renders.
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
  /// As one error: the first, with the others told in its message.
  var asOne: PatchError {
    guard var first = errors.first else { return PatchError(.syntax, "the patch is not valid") }
    guard errors.count > 1 else { return first }
    first.message = errors.map(\.description).joined(separator: "\n")
    first.place = Place()
    return first
  }
}
