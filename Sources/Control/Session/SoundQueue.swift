import Engine
import ModuleKit
import PatchKit

/// Reads sounds on its own thread, so that a large file blocks no request.
public protocol SoundReader: AnyObject {
  /// Returns the sounds that are not in memory.
  func missing(_ sounds: Set<SoundName>) -> Set<SoundName>
  /// Reads the sounds, then calls `then` on the control thread. An unreadable sound is not missing any more: the commit
  /// that needs it reports the reason.
  func read(_ sounds: Set<SoundName>, then: @escaping () -> Void)
  /// Frees sounds that no node uses.
  func release()
  /// True to keep using a loaded sound though its file has changed.
  var keepsOld: Bool { get set }
}

/// A request that waits for its sounds or its memory. Later requests that change the committed patch queue behind it.
final class WaitingWork {
  enum Need {
    case nothing
    case sounds(Set<SoundName>)
    case memory(PlanPublisher.Prepared)
    /// Memory of plans that were replaced, which is freed soon.
    case room
  }
  /// Performs the work and needs nothing, or returns what must be provided first.
  typealias Body = (_ number: Int) throws(PatchError) -> Need
  /// Maximum number of waiting requests, which bounds their memory.
  static let limit = 1_024

  let call: Call
  let number: Int
  let body: Body

  init(_ call: Call, _ number: Int, _ body: @escaping Body) {
    (self.call, self.number, self.body) = (call, number, body)
  }
}

/// The queue of requests that wait for their sounds, in order of arrival.
public final class SoundQueue {
  private unowned let session: Session
  /// Reads sounds on another thread; nil: they are read synchronously.
  public var reader: (any SoundReader)?
  private var waiting: [WaitingWork] = []
  /// Nanoseconds of the monotonic clock until which the first work waits for room; nil: it does not.
  private var roomDeadline: UInt64?
  /// Seconds to wait for room: voices that a commit removes may decay longer.
  private static let roomPatience = 3.0
  /// True for work that has waited for room: it fails if there is none.
  private(set) var hasAwaitedRoom = false
  /// The number of the last work that was queued.
  private(set) var lastNumber = 0

  init(_ session: Session) { self.session = session }

  var isEmpty: Bool { waiting.isEmpty }
  /// True if all work up to a number is done.
  func isDone(upTo number: Int) -> Bool { !waiting.contains { $0.number <= number } }

  /// Performs the work at once, or in order if it needs sounds or memory or other work waits. Until then the store keeps
  /// the current draft under the number of the work.
  func perform(_ call: Call, _ body: @escaping WaitingWork.Body) throws(PatchError) {
    guard waiting.count < WaitingWork.limit else {
      throw PatchError(.busy, "\(WaitingWork.limit) requests already wait for sound files")
    }
    let number = lastNumber + 1
    session.store.beginWaiting(number)
    var need = WaitingWork.Need.nothing
    if waiting.isEmpty {
      do throws(PatchError) { need = try body(number) } catch {
        session.store.endWaiting(number)
        throw error
      }
      if case .nothing = need { return session.store.endWaiting(number) }
    }
    if session.transaction != nil { try check(number) }
    lastNumber = number
    session.perform { [unowned self] in
      waiting.append(WaitingWork(call, number, body))
      if waiting.count == 1 { provide(need) }
    }
  }

  /// Throws if the draft would not compile after its sounds are read.
  private func check(_ number: Int) throws(PatchError) {
    guard let draft = session.store.waiting(number) else { return }
    let awaited = session.plans.awaitedSounds
    session.plans.awaitedSounds = session.plans.sounds(namedBy: draft.patch)
    defer { session.plans.awaitedSounds = awaited }
    do throws(PatchErrors) { _ = try session.plans.prepare(draft.identified) } catch { throw error.asOne }
  }

  /// Reads the sounds of the committed patch at the engine's sample rate, before other waiting work; until then its
  /// nodes are silent.
  func awaitSounds() {
    session.plans.awaitedSounds = missingSounds(of: session.committed.patch)
    if session.plans.awaitedSounds.isEmpty { return }
    lastNumber += 1
    let work = WaitingWork(Call(own: ""), lastNumber) { [unowned self] _ in
      let missing = missingSounds(of: session.committed.patch)
      guard missing.isEmpty else { return .sounds(missing) }
      session.plans.awaitedSounds = []
      try? session.commits.recompile()
      return .nothing
    }
    waiting.insert(work, at: 0)
    // A read already in flight completes the request at the head of the queue.
    if waiting.count == 1 { provide(.sounds(session.plans.awaitedSounds)) }
  }

  private func provide(_ need: WaitingWork.Need) {
    let resume: () -> Void = { [weak self] in self?.resumeWork() }
    switch need {
    case .nothing: resume()
    case .sounds(let sounds): reader?.read(sounds, then: resume)
    case .memory(let prepared): session.plans.allocate(prepared, then: resume)
    case .room: roomDeadline = session.clock() + UInt64(SoundQueue.roomPatience * 1e9)
    }
  }

  /// Resumes work that waits for room, once the plans that were replaced are freed.
  func tick() {
    guard let roomDeadline, !session.plans.isReclaiming || session.clock() > roomDeadline else { return }
    self.roomDeadline = nil
    hasAwaitedRoom = true
    resumeWork()
  }

  private func resumeWork() {
    while let work = waiting.first {
      do throws(PatchError) {
        let need = try work.body(work.number)
        guard case .nothing = need else { return provide(need) }
        session.barriers.move(behind: work.number, to: session.commits.lastTicket)
        session.endRequest()
      } catch {
        session.fail(work.call, error)
      }
      hasAwaitedRoom = false
      session.store.endWaiting(work.number)
      waiting.removeFirst()
    }
    reader?.release()
  }

  /// The sounds that must be read before a commit of this patch.
  func missingSounds(of patch: Patch) -> Set<SoundName> {
    reader.map { $0.missing(session.plans.sounds(namedBy: patch)) } ?? []
  }
}
