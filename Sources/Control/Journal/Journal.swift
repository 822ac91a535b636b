import CRealtime
import Glibc
import ModuleKit
import PatchKit

/// Keeps every edit in files before it is answered, so that neither a crash nor `kill -9` loses one.
///
/// A reader of the stream of resolved edits: the control thread hands over the edits of each request, a worker writes
/// them, and the answers wait for it; see `JournalFolder` for the files. Belongs to the control thread.
public final class Journal {
  private enum Phase: Equatable {
    /// There is nothing to keep yet.
    case idle
    case running
    /// It cannot be written; tried again at this time.
    case broken(until: UInt64)
  }
  /// Nanoseconds between attempts to write again, and the longest that an answer waits for a disk.
  private static let retryInterval: UInt64 = 1_000_000_000, patience: UInt64 = 5_000_000_000

  /// Called with a failure, once for each cause; nil: edits are kept again.
  public var onChange: (PatchError?) -> Void = { _ in }
  private let path: String
  private let registry: Registry
  private unowned let session: Session
  private let post: @Sendable (@escaping @Sendable () -> Void) -> Void
  private var folder: JournalFolder?
  private var writer: JournalWriter?
  private var phase = Phase.idle
  private var reported: String?
  /// The edits of the request under way.
  private var records: [JournalRecord] = []
  private var addedSeq = 0
  /// When the first edit that is not written yet was handed over.
  private var waitingSince: UInt64?
  private var isCompacting = false
  /// True if the files were written by this run.
  private var isOurs = false
  /// The last sequence number of the run before, which this one continues.
  private var continues: Int?
  private var reading: JournalReading?

  /// - Parameters:
  ///   - path: of the folder, `ADDRESS-PORT`.
  ///   - post: has the control thread do something.
  public init(
    _ path: String, of session: Session, post: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
  ) {
    (self.path, self.session, registry, self.post) = (path, session, session.registry, post)
  }

  // MARK: Begin

  /// Locks the folder.
  ///
  /// - Throws: `.busy` with the process that holds it; `.unwritable`.
  public func lock() throws(PatchError) {
    if folder == nil { folder = try JournalFolder(path) }
  }

  /// Reads the files of the previous run, which `begin` may continue.
  public func read() -> JournalReading? {
    guard let folder else { return nil }
    let reading = JournalReading(folder, in: registry)
    self.reading = reading
    return reading
  }

  /// Begins at what the session holds now.
  ///
  /// - Parameter resumed: whether that is what `read` returned: edits are then added to it. Else the files of the run
  ///   before are put aside with the first edit.
  public func begin(resumed: Bool) {
    session.journal = self
    addedSeq = session.store.seq
    if let reading, !reading.problems.isEmpty {
      // Damaged files are kept as they are, and what was read of them goes into new ones.
      if let path = folder?.moveAside("damaged", keepsOlder: true) { session.onFault("the files are kept in \(path)") }
      if resumed { start() }
    } else if resumed {
      continues = reading?.state?.seq
      start()
    }
  }

  /// Begins a generation with what the session holds now.
  private func start() {
    do throws(PatchError) {
      try lock()
      if !isOurs, continues == nil { folder?.moveAside("last") }
      isOurs = true
    } catch { return fail(error) }
    if writer == nil {
      // The journal is the loop's: what is posted runs on its thread.
      nonisolated(unsafe) weak let journal = self
      writer = JournalWriter(folder!, registry) { [post] in post { journal?.didWrite() } }
    }
    phase = .running
    writer!.add(.begin(snapshot, continues: continues))
    continues = nil
    added()
  }

  private var snapshot: JournalState {
    let store = session.store
    return JournalState(
      patch: PatchCopy(draft: store.draft.patch, committed: store.committed.patch, revision: store.revision),
      seq: store.seq)
  }

  private func added() {
    addedSeq = session.store.seq
    if waitingSince == nil { waitingSince = weft_nanoseconds() }
  }

  // MARK: Edits

  /// An edit of the request under way.
  func append(_ seq: Int, _ client: Int, _ edit: ResolvedEdit) {
    guard phase == .running else { return }
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let seconds = Double(time.tv_sec) + Double(time.tv_nsec / 1_000_000) / 1_000
    records.append(JournalRecord(seq: seq, time: seconds, client: client, edit: edit))
  }

  /// The request is done: its edits are written together.
  func endRequest() {
    guard session.store.seq > addedSeq else { return }
    switch phase {
    case .idle: start()
    case .broken: addedSeq = session.store.seq
    case .running:
      for i in records.indices.dropLast() { records[i].isContinued = true }
      writer!.add(.edits(records))
      records = []
      added()
    }
  }

  /// The last edit that an answer need not wait for.
  var keptSeq: Int { phase == .running ? writer!.progress.seq : .max }

  /// The worker has written, or failed to.
  private func didWrite() {
    guard let progress = writer?.progress, phase == .running else { return }
    if let failure = progress.failure { return fail(failure) }
    if let failure = progress.snapshotFailure { report(failure) }
    if progress.seq >= addedSeq { waitingSince = nil }
    if reported != nil, waitingSince == nil, progress.snapshotFailure == nil {
      reported = nil
      onChange(nil)
    }
    if progress.bytes < JournalOutput.generationBytes {
      isCompacting = false
    } else if !isCompacting {
      endRequest()
      isCompacting = true
      writer!.add(.begin(snapshot, continues: session.store.seq))
    }
    session.sendHeldReplies()
  }

  /// To be called often: a failure is tried again, a disk that does not answer is not waited for.
  func tick() {
    endRequest()
    let now = weft_nanoseconds()
    switch phase {
    case .running:
      guard let waitingSince, now > waitingSince + Journal.patience else { return }
      fail(PatchError(.unwritable, "the disk does not answer", at: Place(file: path)))
    case .broken(let until) where now >= until: start()
    default: break
    }
  }

  /// Edits are not kept from now on: they are answered, and everybody is notified.
  private func fail(_ error: PatchError) {
    phase = .broken(until: weft_nanoseconds() + Journal.retryInterval)
    writer?.clear()
    (records, waitingSince, isCompacting) = ([], nil, false)
    addedSeq = session.store.seq
    report(error)
    session.sendHeldReplies()
  }

  private func report(_ error: PatchError) {
    guard reported != error.message else { return }
    reported = error.message
    onChange(error)
  }

  /// Waits until everything is written, and on the disk.
  public func finish(within seconds: Double = 10) {
    endRequest()
    guard phase == .running, let writer else { return }
    writer.add(.end)
    let end = weft_nanoseconds() + UInt64(seconds * 1e9)
    while !writer.progress.hasEnded, writer.progress.failure == nil, weft_nanoseconds() < end { usleep(1_000) }
    if let failure = writer.progress.failure { onChange(failure) }
    session.sendHeldReplies()
  }
}
