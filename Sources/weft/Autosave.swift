import Control
import Glibc
import ModuleKit
import PatchKit

/// Saves the committed patch and the draft to files, so that a crash or a power cut does not lose them.
///
/// Files in `$XDG_STATE_HOME/weft` (`~/.local/state/weft`), by the OSC port: `7770.json` is the committed patch,
/// `7770.draft.json` the draft; ordinary patch files. Those of the previous run are kept as `7770.last.json` and
/// `7770.last.draft.json`. `7770.now.json` and `7770.now.draft.json` contain edits that are not synced to disk yet:
/// they are written before an edit is answered, and survive the end of the program.
final class Autosave {
  private let disk: SavedPair
  private let last: SavedPair
  private let now: SavedPair
  private let registry: Registry
  private var saved: (committed: Patch, draft: Patch) = (Patch(), Patch())
  /// The contents of the `now` files; nil if there are none.
  private var kept: (committed: Patch, draft: Patch)?
  /// True if the files were written by this run.
  private var isOurs = false
  private var nextSave: UInt64 = 0
  private var allowance = Allowance()
  private let writing = Writing()
  /// True if the `now` files are older than the save in progress.
  private var isOvertaken = false

  /// Minimum seconds between synced saves, so that a moving parameter does not keep the disk busy.
  private static let interval = 0.25
  /// Maximum nodes and cables of a patch that is written before an edit is answered: less than 1 ms of work.
  private static let mostItems = 400

  init(port: Int, registry: Registry) {
    self.registry = registry
    let base = Autosave.folder + "/\(port)"
    (disk, last, now) = (SavedPair(base), SavedPair(base + ".last"), SavedPair(base + ".now"))
  }

  private static var folder: String { Console.folder("XDG_STATE_HOME", else: ".local/state") }

  /// The patches of the previous run; nil if there are none.
  ///
  /// - Throws: all errors of the files.
  func read() throws -> (committed: Patch, draft: Patch)? {
    // A power cut may leave these files empty.
    if let patches = try? now.read(in: registry) {
      (kept, isOurs) = (patches, true)
      return patches
    }
    guard let patches = try disk.read(in: registry) else { return nil }
    (saved, isOurs) = (patches, true)
    return patches
  }

  /// Renames the files of the previous run before the first write.
  private func keepLast() {
    if isOurs { return }
    isOurs = true
    Console.makeFolder(Autosave.folder)
    disk.move(to: last)
    now.move(to: last)
  }

  /// Writes changes before it returns, except for patches that are too large or change too fast.
  func keep(_ session: Session) {
    let begin = ControlLoop.now
    guard allowance.isLeft(at: begin) else { return }
    defer { allowance.spend(ControlLoop.now - begin) }
    let present = (committed: session.soundingPatch, draft: session.currentDraft)
    if let kept { if kept == present { return } } else if saved == present { return }
    guard present.committed.itemCount + present.draft.itemCount <= Autosave.mostItems else { return }
    keepLast()
    do throws(PatchError) {
      try now.write(present, in: registry, after: kept, isDurable: false)
      kept = present
      isOvertaken = false
    } catch {
      Console.warn("the patch is not kept: \(error)")
    }
  }

  /// Saves changes to disk on another thread; call often.
  func look(at session: Session) {
    let time = ControlLoop.now
    guard time >= nextSave, !writing.isBusy else { return }
    if let failure = writing.readFailure() {
      Console.warn("the patch is not saved: \(failure)")
    } else if isOvertaken {
      now.remove()
      (kept, isOvertaken) = (nil, false)
    }
    let present = (committed: session.soundingPatch, draft: session.currentDraft)
    if saved == present { return }
    keepLast()
    nextSave = time + UInt64(Autosave.interval * 1e9)
    saved = present
    isOvertaken = true
    writing.start { [registry, disk] writing in
      do throws(PatchError) { try disk.write(present, in: registry) } catch { writing.failed(error.description) }
    }
  }

  /// Saves changes before it returns.
  func finish(_ session: Session) {
    for _ in 0..<2 {
      while writing.isBusy { usleep(1_000) }
      nextSave = 0
      look(at: session)
    }
  }
}

/// The files of a committed patch and its draft; a draft file exists only if the draft differs.
private struct SavedPair: Sendable {
  let committed: String
  let draft: String

  init(_ base: String) { (committed, draft) = (base + ".json", base + ".draft.json") }

  func read(in registry: Registry) throws -> (committed: Patch, draft: Patch)? {
    guard access(committed, F_OK) == 0 else { return nil }
    let patch = try PatchFile.read(path: committed, in: registry, allowMissing: true)
    guard access(draft, F_OK) == 0 else { return (patch, patch) }
    return (patch, try PatchFile.read(path: draft, in: registry, allowMissing: true))
  }

  /// - Parameter old: the current contents of the files.
  func write(
    _ patches: (committed: Patch, draft: Patch), in registry: Registry,
    after old: (committed: Patch, draft: Patch)? = nil, isDurable: Bool = true
  ) throws(PatchError) {
    // The draft first: an interrupted save of a commit then leaves a dirty draft, not a reverted edit.
    if patches.draft != patches.committed, old?.draft != patches.draft || old?.draft == old?.committed {
      try PatchFile.write(patches.draft, to: draft, in: registry, isDurable: isDurable)
    }
    if old?.committed != patches.committed {
      try PatchFile.write(patches.committed, to: committed, in: registry, isDurable: isDurable)
    }
    if patches.draft == patches.committed { unlink(draft) }
  }

  func move(to other: SavedPair) {
    guard access(committed, F_OK) == 0 else { return }
    unlink(other.draft)
    rename(committed, other.committed)
    rename(draft, other.draft)
  }

  func remove() {
    unlink(committed)
    unlink(draft)
  }
}

/// Budget of the control thread's time for saving: a tenth, with a burst that covers a script of some hundred edits.
private struct Allowance {
  private static let most = 50_000_000.0
  private var left = Allowance.most
  private var time: UInt64 = 0

  mutating func isLeft(at now: UInt64) -> Bool {
    left = min(Allowance.most, left + 0.1 * Double(now - time))
    time = now
    return left > 0
  }

  mutating func spend(_ nanoseconds: UInt64) { left -= Double(nanoseconds) }
}

extension Patch {
  fileprivate var itemCount: Int { nodes.count + cables.count }
}
