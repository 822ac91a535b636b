import CRealtime
import Glibc
import ModuleKit
import PatchKit
import Synchronization

/// Writes edits to the journal on a thread of its own; fsync and snapshots are left to another, whose disk may be slow.
final class JournalWriter: Sendable {
  enum Item: Sendable {
    /// The edits of one request.
    case edits([JournalRecord])
    /// Begins a generation with a snapshot.
    ///
    /// - Parameter continues: the last sequence number of the generation before, whose journal holds all edits until
    ///   this one: the snapshot may then be written later. nil: it must be there first.
    case begin(JournalState, continues: Int?)
    /// Ends: what waits is written, and on the disk.
    case end
  }

  private struct Queue {
    var items: [Item] = []
    var isRunning = false
  }
  /// State that the control thread reads.
  struct Progress {
    /// All edits up to this sequence number are written.
    var seq = 0
    var failure: PatchError?
    /// The last snapshot could not be written; the journal goes on.
    var snapshotFailure: PatchError?
    /// Of the journal of the present generation.
    var bytes = 0
    var hasEnded = false
  }
  private let queue = Mutex(Queue())
  private let state = Mutex(Progress())
  private let wakeup: JournalSemaphore
  private let folder: JournalFolder
  private let registry: Registry
  /// Called by the worker after each write.
  private let whenWritten: @Sendable () -> Void

  init(_ folder: JournalFolder, _ registry: Registry, whenWritten: @escaping @Sendable () -> Void) {
    (self.folder, self.registry, self.whenWritten) = (folder, registry, whenWritten)
    wakeup = JournalSemaphore()
  }

  var progress: Progress { state.withLock { $0 } }

  func add(_ item: Item) {
    let starts = queue.withLock { queue in
      queue.items.append(item)
      defer { queue.isRunning = true }
      return !queue.isRunning
    }
    if starts { start() } else { wakeup.post() }
  }

  /// Drops what has not been written; the failure is known.
  func clear() {
    queue.withLock { $0.items = [] }
    state.withLock { $0.failure = nil }
  }

  private func start() {
    var thread = pthread_t()
    let owned = Unmanaged.passRetained(self)
    let status = pthread_create(&thread, nil, journalThread, owned.toOpaque())
    if status == 0 {
      pthread_detach(thread)
    } else {
      owned.release()
      queue.withLock { $0 = Queue() }
      fail(
        PatchError(
          .busy, "no thread could be started to write it: \(String(cString: strerror(status)))",
          at: Place(file: folder.path)))
    }
  }

  private func fail(_ error: PatchError) {
    state.withLock { $0.failure = error }
    whenWritten()
  }

  fileprivate func run() {
    var output = JournalOutput(folder, registry)
    while true {
      let wait = output.secondsToDue(at: weft_nanoseconds())
      var items: [Item] = []
      repeat {
        items = queue.withLock { queue in
          defer { queue.items = [] }
          return queue.items
        }
      } while items.isEmpty && wakeup.wait(seconds: wait)
      do throws(PatchError) {
        var hasEnded = false
        for item in items {
          switch item {
          case .edits(let records): output.add(records, at: weft_nanoseconds())
          case .begin(let snapshot, let continues): try output.begin(snapshot, continues: continues)
          case .end: hasEnded = true
          }
        }
        if hasEnded { output.addPending() } else { output.addDue(at: weft_nanoseconds()) }
        try output.write()
        if hasEnded { output.end() }
        state.withLock { state in
          (state.seq, state.bytes) = (max(state.seq, output.writtenSeq), output.bytes)
          (state.hasEnded, state.snapshotFailure) = (hasEnded, output.snapshotFailure)
        }
        whenWritten()
        if hasEnded { return queue.withLock { $0 = Queue() } }
      } catch {
        output.abandon()
        fail(error)
      }
    }
  }
}

/// A semaphore with a timeout.
final class JournalSemaphore: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t>

  init() {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
  }
  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func post() { sem_post(semaphore) }

  /// - Parameter seconds: nil: without end.
  /// - Returns: false after that time.
  func wait(seconds: Double?) -> Bool {
    guard let seconds else {
      while sem_wait(semaphore) != 0 {}
      return true
    }
    var end = timespec()
    clock_gettime(CLOCK_REALTIME, &end)
    let nanoseconds = end.tv_nsec + Int(min(max(seconds, 0), 1) * 1e9)
    (end.tv_sec, end.tv_nsec) = (end.tv_sec + nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000)
    while sem_timedwait(semaphore, &end) != 0 { if errno == ETIMEDOUT { return false } }
    return true
  }
}

/// A free function: a closure made on the main actor must not run on another thread.
private func journalThread(_ writer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<JournalWriter>.fromOpaque(writer!).takeRetainedValue().run()
  return nil
}
