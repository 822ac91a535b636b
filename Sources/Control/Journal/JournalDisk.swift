import CRealtime
import Glibc
import ModuleKit
import PatchKit
import Synchronization

/// The part of the journal that waits for the disk: fsync once a second, and snapshots.
final class JournalDisk: Sendable {
  private static let syncInterval: UInt64 = 1_000_000_000
  private let queue = WorkQueue()
  private let error = Mutex<PatchError?>(nil)
  /// True while an fsync is in progress.
  private let isSyncing = Atomic(false)
  private let lastSync = Atomic<UInt64>(0)
  /// The program ends: nothing waits for its second.
  private let isEnding = Atomic(false)

  /// A snapshot that could not be written; the journal before it goes on being good.
  var failure: PatchError? { error.withLock { $0 } }

  /// Has what was written on the disk within a second.
  func sync(_ file: Int32) {
    guard !isSyncing.exchange(true, ordering: .relaxed) else { return }
    // Its own, so that it stays open.
    let copy = fcntl(file, F_DUPFD_CLOEXEC, 0)
    queue.add { [self] in
      let due = lastSync.load(ordering: .relaxed) + JournalDisk.syncInterval
      while weft_nanoseconds() < due, !isEnding.load(ordering: .relaxed) { usleep(20_000) }
      isSyncing.store(false, ordering: .relaxed)
      if copy >= 0 {
        fdatasync(copy)
        close(copy)
      }
      lastSync.store(weft_nanoseconds(), ordering: .relaxed)
    }
  }

  /// Waits until all of it is done, `seconds` at most.
  func finish(within seconds: Double) {
    isEnding.store(true, ordering: .relaxed)
    queue.finish(within: seconds)
  }

  /// Writes a snapshot, makes it durable, and removes the generations that it replaces.
  func finish(
    _ snapshot: JournalState, _ generation: Int, _ folder: JournalFolder, _ registry: Registry, isWritten: Bool
  ) {
    queue.add { [self] in
      do throws(PatchError) {
        if isWritten {
          JournalDisk.sync(folder.path(.state, generation))
          folder.sync()
        } else {
          try JournalDisk.write(snapshot, generation, folder, registry, isDurable: true)
        }
        folder.prune()
        self.error.withLock { $0 = nil }
      } catch { self.error.withLock { $0 = error } }
    }
  }

  static func write(
    _ snapshot: JournalState, _ generation: Int, _ folder: JournalFolder, _ registry: Registry, isDurable: Bool
  ) throws(PatchError) {
    let text = JournalSnapshot.text(snapshot, in: registry)
    JournalFolder.make(folder.path)
    try TextFile.write(text, to: folder.path(.state, generation), isDurable: isDurable)
  }

  private static func sync(_ path: String) {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return }
    fsync(file)
    close(file)
  }
}
