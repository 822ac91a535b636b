import Engine
import ModuleKit
import PatchKit

/// Reads sounds on a thread of its own, so that a large file holds up no request.
public protocol SoundReader: AnyObject {
  /// Those of them that would have to be read first.
  func missing(_ sounds: Set<SoundName>) -> Set<SoundName>
  /// Reads them, then calls back on the control thread. What could not be read is not missing then: whoever asks for it
  /// is told why.
  func read(_ sounds: Set<SoundName>, then: @escaping () -> Void)
  /// What was read is kept only where a node has it by now.
  func release()
  /// A sound that a node has is good enough, though its file is another one by now.
  var keepsOld: Bool { get set }
}

/// A request that is done when its sounds are read. Those that come after it, and change what sounds too, wait behind it.
final class WaitingWork {
  /// Does it and returns nothing, or does nothing and returns the sounds that must be read first.
  typealias Body = (WaitingWork) throws(PatchError) -> Set<SoundName>
  /// More are refused: a flood of commits must not eat the memory.
  static let limit = 1_024

  let call: Call
  let number: Int
  /// What it commits: the draft as it was when it was asked for, with the knobs that were turned since.
  var draft: Draft
  let body: Body

  init(_ call: Call, _ number: Int, _ draft: Draft, _ body: @escaping Body) {
    (self.call, self.number, self.draft, self.body) = (call, number, draft, body)
  }
}

extension Session {
  /// Does the work at once or, where its sounds must be read or others wait already, in its turn.
  func inOrder(_ call: Call, _ body: @escaping WaitingWork.Body) throws(PatchError) {
    guard waitingWork.count < WaitingWork.limit else {
      throw PatchError(.busy, "\(WaitingWork.limit) requests wait for sounds already")
    }
    let work = WaitingWork(call, lastWork + 1, draft, body)
    let missing = waitingWork.isEmpty ? try body(work) : []
    if waitingWork.isEmpty && missing.isEmpty { return }
    lastWork += 1
    waitingWork.append(work)
    if !missing.isEmpty { read(missing) }
  }

  /// Reads what sounds at the engine's rate, before all that waits; until then its nodes are silent.
  func awaitSounds() {
    plans.awaitedSounds = missingSounds(of: committed.patch)
    if plans.awaitedSounds.isEmpty { return }
    let nobody = Call(
      address: "", names: [], arguments: [], requestID: nil, requester: Requester { _ in }, frame: nil)
    lastWork += 1
    let work = WaitingWork(nobody, lastWork, committed) { [unowned self] _ in
      let missing = missingSounds(of: committed.patch)
      guard missing.isEmpty else { return missing }
      plans.awaitedSounds = []
      try? recompile()
      return []
    }
    waitingWork.insert(work, at: 0)
    // What is being read for another comes back to this one first.
    if waitingWork.count == 1 { read(plans.awaitedSounds) }
  }

  private func read(_ sounds: Set<SoundName>) {
    soundReader?.read(sounds) { [weak self] in self?.resumeWork() }
  }

  private func resumeWork() {
    while let work = waitingWork.first {
      do throws(PatchError) {
        let missing = try work.body(work)
        guard missing.isEmpty else { return read(missing) }
        moveBarriers(behind: work)
        beforeAnswer()
      } catch {
        fail(work.call, error)
      }
      waitingWork.removeFirst()
    }
    soundReader?.release()
  }

  /// The sounds that must be read before this patch can be committed.
  func missingSounds(of patch: Patch) -> Set<SoundName> {
    soundReader.map { $0.missing(plans.sounds(namedBy: patch)) } ?? []
  }

  /// What was changed in the draft and in what sounds holds in what waits to sound, too.
  func changeWaiting(_ change: (inout Draft) -> Void) {
    for work in waitingWork { change(&work.draft) }
  }
}
