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

/// A request that waits for its sounds. Later requests that change the committed patch queue behind it.
final class WaitingWork {
  /// Performs the work and returns an empty set, or returns the sounds that must be read first.
  typealias Body = (_ number: Int) throws(PatchError) -> Set<SoundName>
  /// Maximum number of waiting requests, which bounds their memory.
  static let limit = 1_024

  let call: Call
  let number: Int
  let body: Body

  init(_ call: Call, _ number: Int, _ body: @escaping Body) {
    (self.call, self.number, self.body) = (call, number, body)
  }
}

extension Session {
  /// Performs the work at once, or in order if its sounds must be read or other work waits. Until then the store keeps
  /// the current draft under the number of the work.
  func inOrder(_ call: Call, _ body: @escaping WaitingWork.Body) throws(PatchError) {
    guard waitingWork.count < WaitingWork.limit else {
      throw PatchError(.busy, "\(WaitingWork.limit) requests wait for sounds already")
    }
    let number = lastWork + 1
    store.beginWaiting(number)
    var missing: Set<SoundName> = []
    if waitingWork.isEmpty {
      do throws(PatchError) { missing = try body(number) } catch {
        store.endWaiting(number)
        throw error
      }
      if missing.isEmpty { return store.endWaiting(number) }
    }
    if transaction != nil { try check(number) }
    lastWork = number
    perform { [unowned self] in
      waitingWork.append(WaitingWork(call, number, body))
      if waitingWork.count == 1 { read(missing) }
    }
  }

  /// Throws if the draft would not compile after its sounds are read.
  private func check(_ number: Int) throws(PatchError) {
    guard let draft = store.waiting(number) else { return }
    let awaited = plans.awaitedSounds
    plans.awaitedSounds = plans.sounds(namedBy: draft.patch)
    defer { plans.awaitedSounds = awaited }
    do throws(PatchErrors) { _ = try plans.prepare(draft.identified) } catch { throw error.asOne }
  }

  /// Reads the sounds of the committed patch at the engine's sample rate, before other waiting work; until then its
  /// nodes are silent.
  func awaitSounds() {
    plans.awaitedSounds = missingSounds(of: committed.patch)
    if plans.awaitedSounds.isEmpty { return }
    lastWork += 1
    let work = WaitingWork(Call(own: ""), lastWork) { [unowned self] _ in
      let missing = missingSounds(of: committed.patch)
      guard missing.isEmpty else { return missing }
      plans.awaitedSounds = []
      try? recompile()
      return []
    }
    waitingWork.insert(work, at: 0)
    // A read already in flight completes the request at the head of the queue.
    if waitingWork.count == 1 { read(plans.awaitedSounds) }
  }

  private func read(_ sounds: Set<SoundName>) {
    soundReader?.read(sounds) { [weak self] in self?.resumeWork() }
  }

  private func resumeWork() {
    while let work = waitingWork.first {
      do throws(PatchError) {
        let missing = try work.body(work.number)
        guard missing.isEmpty else { return read(missing) }
        moveBarriers(behind: work)
        beforeAnswer()
      } catch {
        fail(work.call, error)
      }
      store.endWaiting(work.number)
      waitingWork.removeFirst()
    }
    soundReader?.release()
  }

  /// The sounds that must be read before a commit of this patch.
  func missingSounds(of patch: Patch) -> Set<SoundName> {
    soundReader.map { $0.missing(plans.sounds(namedBy: patch)) } ?? []
  }
}
