import Control
import Glibc
import ModuleKit
import PatchKit
import Synchronization

/// Keeps the committed patch and the draft in files, so that no crash and no power cut loses them.
///
/// In `$XDG_STATE_HOME/weft` (`~/.local/state/weft`), by the OSC port: `7770.json` is what sounds, `7770.draft.json`
/// the draft; ordinary patch files. The two of the run before are kept as `7770.last.json` and `7770.last.draft.json`.
final class Autosave {
  private let committedPath: String
  private let draftPath: String
  private let lastPaths: (committed: String, draft: String)
  private let registry: Registry
  private var saved: (committed: Patch, draft: Patch) = (Patch(), Patch())
  /// Whether the files are of this run.
  private var isOurs = false
  private var nextSave: UInt64 = 0
  private let writing = Writing()

  /// Seconds between saves at least: a knob that is turned must not keep the disk busy.
  private static let interval = 0.25

  init(port: Int, registry: Registry) {
    self.registry = registry
    let base = Autosave.folder + "/\(port)"
    (committedPath, draftPath) = (base + ".json", base + ".draft.json")
    lastPaths = (base + ".last.json", base + ".last.draft.json")
  }

  private static var folder: String { Console.folder("XDG_STATE_HOME", else: ".local/state") }

  /// What the run before left; nil where there was none.
  ///
  /// - Throws: every error of the files.
  func read() throws -> (committed: Patch, draft: Patch)? {
    guard access(committedPath, F_OK) == 0 else { return nil }
    let committed = try PatchFile.read(path: committedPath, in: registry, allowMissing: true)
    guard access(draftPath, F_OK) == 0 else { return resumed((committed, committed)) }
    return resumed((committed, try PatchFile.read(path: draftPath, in: registry, allowMissing: true)))
  }

  private func resumed(_ patches: (committed: Patch, draft: Patch)) -> (committed: Patch, draft: Patch) {
    saved = patches
    isOurs = true
    return patches
  }

  /// Puts aside what the run before left, before the first write over it.
  private func keepLast() {
    if isOurs { return }
    isOurs = true
    Console.makeFolder(Autosave.folder)
    unlink(lastPaths.draft)
    rename(committedPath, lastPaths.committed)
    rename(draftPath, lastPaths.draft)
  }

  /// Saves what has changed, on a thread of its own; to be called often.
  func look(at session: Session) {
    let now = ControlLoop.now
    guard now >= nextSave, !writing.isBusy else { return }
    if let failure = writing.takeFailure() { Console.warn("the patch is not saved: \(failure)") }
    let present = (committed: session.soundingPatch, draft: session.currentDraft)
    if saved == present { return }
    keepLast()
    nextSave = now + UInt64(Autosave.interval * 1e9)
    saved = present
    writing.start(job(present))
  }

  /// Saves what has changed before it returns.
  func finish(_ session: Session) {
    while writing.isBusy { usleep(1_000) }
    nextSave = 0
    look(at: session)
    while writing.isBusy { usleep(1_000) }
  }

  private func job(_ patches: (committed: Patch, draft: Patch)) -> @Sendable (Writing) -> Void {
    { [registry, committedPath, draftPath] writing in
      do throws(PatchError) {
        try PatchFile.write(patches.committed, to: committedPath, in: registry)
        if patches.draft == patches.committed {
          unlink(draftPath)
        } else {
          try PatchFile.write(patches.draft, to: draftPath, in: registry)
        }
      } catch {
        writing.failed(error.description)
      }
    }
  }
}

/// One write at a time, away from the control thread: a slow disk must not hold up commands.
private final class Writing: Sendable {
  private let job = Mutex<(@Sendable (Writing) -> Void)?>(nil)
  private let failure = Mutex<String?>(nil)

  var isBusy: Bool { job.withLock { $0 != nil } }

  func start(_ work: @escaping @Sendable (Writing) -> Void) {
    job.withLock { $0 = work }
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, writingThread, Unmanaged.passRetained(self).toOpaque())
    if status == 0 { pthread_detach(thread) } else { run() }
  }

  fileprivate func run() {
    job.withLock { $0 }?(self)
    job.withLock { $0 = nil }
  }

  func failed(_ reason: String) { failure.withLock { $0 = reason } }
  func takeFailure() -> String? {
    failure.withLock { reason in
      defer { reason = nil }
      return reason
    }
  }
}

/// A free function: a closure made on the main actor must not run on another thread.
private func writingThread(_ writing: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<Writing>.fromOpaque(writing!).takeRetainedValue().run()
  return nil
}
