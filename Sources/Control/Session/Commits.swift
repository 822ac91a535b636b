import CRealtime
import Engine
import PatchKit

/// Commits: compilation of the draft, publication of the plan, replies.
public final class Commits {
  unowned let session: Session
  /// Commits that are not audible yet, by ticket.
  private var pending: [Int: PendingCommit] = [:]
  /// The ticket of the last plan that was published.
  private(set) var lastTicket = 0

  init(_ session: Session) { self.session = session }

  private var store: PatchStore { session.store }
  private var plans: PlanPublisher { session.plans }

  /// True while a commit is not audible yet.
  var isPending: Bool { !pending.isEmpty }
  /// The request of the last commit, until that is audible.
  var lastCall: Call? { pending[lastTicket]?.call }
  /// True if all commits up to a ticket are audible.
  func areAudible(upTo ticket: Int) -> Bool { !pending.keys.contains { $0 <= ticket } }

  /// Commits the current draft after its sounds have been read; answers `call` when it is audible.
  func commit(_ call: Call, ramp: Double) throws(PatchError) {
    session.collectControllerValues()
    try session.soundQueue.perform(call) { [unowned self] number throws(PatchError) in
      guard let asked = store.waiting(number) else { return .nothing }
      let missing = session.soundQueue.missingSounds(of: asked.patch)
      guard missing.isEmpty else { return .sounds(missing) }
      return try compile(asked, call, ramp: ramp) {
        // Places and a commit in one bundle are one gesture, so one undo.
        let joinsDrawing = session.transaction?.isDrawing == true
        store.commit(asked, joinsDrawing: joinsDrawing, by: session.client(of: call))
      }
    }
  }

  /// Compiles a draft, then makes it the committed patch by `change`; answers `call` when it is audible.
  ///
  /// - Returns: what it needs first; nothing has changed then.
  func compile(
    _ asked: Draft, _ call: Call, ramp: Double, _ change: () -> Void
  ) throws(PatchError) -> WaitingWork.Need {
    if plans.lacksRoomForPlans {
      if !session.soundQueue.hasAwaitedRoom { return .room }
      throw PatchError(
        .limit, "commits come faster than the audio thread plays them, and replaced patches take all memory: try again")
    }
    let started = weft_nanoseconds(), before = session.committed
    let ringing = session.ringOuts.after(
      before, replacedBy: asked, at: max(session.engine.frame, call.frame ?? 0), in: session.registry,
      sampleRate: session.engine.sampleRate)
    let prepared: PlanPublisher.Prepared
    do throws(PatchErrors) { prepared = try plans.prepare(session.tracks.added(to: ringing.added(to: asked))) } catch {
      if error.errors.contains(where: { $0.code == .limit }), plans.isReclaiming, !session.soundQueue.hasAwaitedRoom {
        return .room
      }
      throw error.asOne
    }
    if prepared.isLarge { return .memory(prepared) }
    change()
    let author = session.client(of: call)
    let commit = PendingCommit(
      call: call, revision: store.revision, seq: store.seq, client: author, started: started,
      authors: asked.authors.subtracting([author]).sorted(),
      changes: session.subscribers.hasAny(of: .commit) ? DraftDifference(from: before, to: asked).lines : [],
      warnings: [
        SilenceWarning(registry: session.registry).text(of: asked.patch, after: before.patch).map {
          PatchError(.silent, $0)
        }
      ].compactMap { $0 } + prepared.warnings)
    session.perform { [unowned self] in
      pending[lastTicket + 1] = commit
      session.ringOuts = ringing
      publish(prepared, ramp: ramp, at: call.frame)
    }
    return .nothing
  }

  /// Compiles the committed patch again, after its ring-outs, modules, MIDI mappings or the nodes of a track have
  /// changed.
  func recompile(ramp: Double = PlanPublisher.usualRamp, at frame: Int? = nil) throws(PatchErrors) {
    session.soundQueue.reader?.keepsOld = true
    defer { session.soundQueue.reader?.keepsOld = false }
    let prepared = try plans.prepare(whole(session.committed))
    session.perform { [unowned self] in publish(prepared, ramp: ramp, at: frame) }
  }

  /// Compiles the committed patch with another value in one node, such as a file: old and new sound are crossfaded.
  func compileFile(_ patch: Draft, at frame: Int?) throws(PatchError) {
    let prepared: PlanPublisher.Prepared
    do throws(PatchErrors) { prepared = try plans.prepare(whole(patch)) } catch {
      throw error.asOne
    }
    session.perform { [unowned self] in publish(prepared, at: frame) }
  }

  /// A draft with what sounds beside it: ring-outs and tracks.
  private func whole(_ draft: Draft) -> IdentifiedPatch {
    session.tracks.added(to: session.ringOuts.added(to: draft))
  }

  private func publish(_ prepared: PlanPublisher.Prepared, ramp: Double = PlanPublisher.usualRamp, at frame: Int? = nil)
  {
    lastTicket += 1
    session.faults.beginCommit()
    do throws(PatchErrors) {
      try plans.commit(prepared, ramp: ramp, at: frame, ticket: lastTicket)
    } catch {
      // Another commit of the same bundle was published first, and memory for this one is exhausted.
      if let commit = pending.removeValue(forKey: lastTicket) { session.fail(commit.call, error.asOne) }
    }
  }

  func becameAudible(_ ticket: Int) {
    guard let commit = pending.removeValue(forKey: ticket) else { return }
    commit.call.done(commit.results)
    session.notify(.commit, commit.notification, except: commit.call.requester.id)
    for warning in commit.warnings { session.notify(warning) }
  }
}
