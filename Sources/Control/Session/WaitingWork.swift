import Engine
import ModuleKit
import PatchKit

/// Reads sounds on a thread of its own, so that a large file holds up no request.
public protocol SoundReader: AnyObject {
  /// Those of them that would have to be read first.
  func missing(_ sounds: Set<SoundName>) -> Set<SoundName>
  /// Reads them, then calls back on the control thread. A sound that could not be read is not missing then: the commit
  /// that needs it reports the reason.
  func read(_ sounds: Set<SoundName>, then: @escaping () -> Void)
  /// Frees the sounds that were read and that no node has by now.
  func release()
  /// Uses the sound that a node has, though its file has changed since.
  var keepsOld: Bool { get set }
}

/// A request that is done when its sounds are read. Later requests that change what sounds wait behind it.
final class WaitingWork {
  /// Does the work of that number and returns nothing, or does nothing and returns the sounds that must be read first.
  typealias Body = (_ number: Int) throws(PatchError) -> Set<SoundName>
  /// More are refused: a flood of commits must not exhaust the memory.
  static let limit = 1_024

  let call: Call
  let number: Int
  let body: Body

  init(_ call: Call, _ number: Int, _ body: @escaping Body) {
    (self.call, self.number, self.body) = (call, number, body)
  }
}

extension Session {
  /// Does the work at once or, where its sounds must be read or others wait already, in its turn. Until then the store
  /// keeps the draft as it is now, under the number of the work.
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

  /// Refuses what would not compile once its sounds are read.
  private func check(_ number: Int) throws(PatchError) {
    guard let draft = store.waiting(number) else { return }
    let awaited = plans.awaitedSounds
    plans.awaitedSounds = plans.sounds(namedBy: draft.patch)
    defer { plans.awaitedSounds = awaited }
    do throws(PatchErrors) { _ = try plans.prepare(draft.identified) } catch { throw error.asOne }
  }

  /// Reads the sounds of the committed patch at the engine's rate, before all that waits; until then its nodes are
  /// silent.
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

  /// The sounds that must be read before this patch can be committed.
  func missingSounds(of patch: Patch) -> Set<SoundName> {
    soundReader.map { $0.missing(plans.sounds(namedBy: patch)) } ?? []
  }
}
