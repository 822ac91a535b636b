import CRealtime
import Engine
import PatchKit

/// A commit that is not audible yet.
struct PendingCommit {
  let call: Call
  let revision: Int
  /// The number of the last edit in it.
  let seq: Int
  let client: Int
  /// Nanoseconds of the monotonic clock.
  let started: UInt64
  /// The other clients with edits in it.
  let authors: [Int]
  /// One line per change.
  let changes: [String]
  /// The reason for silence, if any.
  let warning: String?

  /// Maximum bytes of the changes in a notification, which must fit a datagram.
  private static let mostText = 1_000

  private var milliseconds: OSCArgument { .float(Float(Double(weft_nanoseconds() - started) / 1e6)) }

  /// Revision, milliseconds, the other authors, the warning.
  var results: [OSCArgument] {
    [.int32(Int32(truncatingIfNeeded: revision)), milliseconds]
      + authors.map { .int32(Int32(truncatingIfNeeded: $0)) } + (warning.map { [.string($0)] } ?? [])
  }

  /// Revision, sequence number, client, milliseconds, changes.
  var notification: [OSCArgument] {
    var shown: [OSCArgument] = [], room = PendingCommit.mostText
    for line in changes {
      let line = line.pieces(of: PendingCommit.mostText).first ?? ""
      room -= line.utf8.count
      if room < 0 { break }
      shown.append(.string(line))
    }
    if shown.count < changes.count { shown.append(.string("and \(changes.count - shown.count) more")) }
    return [
      .int32(Int32(truncatingIfNeeded: revision)), .int32(Int32(truncatingIfNeeded: seq)),
      .int32(Int32(truncatingIfNeeded: client)), milliseconds,
    ] + shown
  }
}

/// Commits: compilation of the draft, publication of the plan, replies.
extension Session {
  /// Commits the current draft after its sounds have been read; answers `call` when it is audible.
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

  /// Compiles a draft, then makes it the committed patch by `change`; answers `call` when it is audible.
  func compile(_ asked: Draft, _ call: Call, ramp: Double, _ change: () -> Void) throws(PatchError) {
    let started = weft_nanoseconds(), before = committed
    let ringing = ringOuts.after(
      before, replacedBy: asked, at: max(engine.frame, call.frame ?? 0), in: registry, sampleRate: engine.sampleRate)
    let prepared: PlanPublisher.Prepared
    do throws(PatchErrors) { prepared = try plans.prepare(ringing.added(to: asked)) } catch { throw error.asOne }
    change()
    let author = client(of: call)
    let commit = PendingCommit(
      call: call, revision: store.revision, seq: store.seq, client: author, started: started,
      authors: asked.authors.subtracting([author]).sorted(),
      changes: subscribers.hasAny(of: .commit) ? DraftDifference(from: before, to: asked).lines : [],
      warning: SilenceWarning(registry: registry).text(of: asked.patch, after: before.patch))
    perform { [unowned self] in
      waitingCommits[lastTicket + 1] = commit
      ringOuts = ringing
      publish(prepared, ramp: ramp, at: call.frame)
    }
  }

  /// Compiles the committed patch again, after its ring-outs, modules or MIDI mappings have changed.
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
    faults.beginCommit()
    do throws(PatchErrors) {
      try plans.commit(prepared, ramp: ramp, at: frame, ticket: lastTicket)
    } catch {
      // Another commit of the same bundle was published first, and memory for this one is exhausted.
      if let commit = waitingCommits.removeValue(forKey: lastTicket) { fail(commit.call, error.asOne) }
    }
  }

  /// Collects parameters set by controllers; not within a transaction, whose failure would lose them.
  func collectControllerValues() {
    if transaction == nil { plans.collectControllerValues() }
  }

  func commitSounds(_ ticket: Int) {
    guard let commit = waitingCommits.removeValue(forKey: ticket) else { return }
    commit.call.done(commit.results)
    notify(.commit, commit.notification, except: commit.call.requester.id)
    if let warning = commit.warning { notify(PatchError(.silent, warning)) }
  }

  /// Changes the sample rate; only while nothing renders.
  public func change(sampleRate: Double) {
    guard sampleRate != engine.sampleRate else { return }
    let held = plans.change(sampleRate: sampleRate)
    recording.sampleRateChanged()
    ringOuts = RingOuts()
    awaitSounds()
    // A compiled patch compiles at any rate.
    try? recompile()
    for (node, note) in held { _ = plans.play(note, node: node) }
  }
}

extension PatchErrors {
  /// The errors as one: the first, with the others listed in its message.
  var asOne: PatchError {
    guard var first = errors.first else { return PatchError(.syntax, "the patch is not valid") }
    guard errors.count > 1 else { return first }
    first.message = errors.map(\.description).joined(separator: "\n")
    first.place = Place()
    return first
  }
}
