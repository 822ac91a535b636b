import CRealtime
import Glibc
import ModuleKit
import PatchKit
import Synchronization

/// The worker's part of the journal: lines, the open file, and parameter values that wait for the next.
struct JournalOutput {
  /// A generation ends, and a snapshot is written, at so many bytes.
  static let generationBytes = 4 << 20

  private let folder: JournalFolder
  private let registry: Registry
  private var file: Int32 = -1
  private var generation = 0
  private var check: UInt32 = 0
  /// Lines that are not written yet, and the last sequence number in them.
  private var lines: [UInt8] = []
  private var lastSeq = 0
  private(set) var bytes = 0
  private var params = ParamLines()
  private let disk = JournalDisk()

  init(_ folder: JournalFolder, _ registry: Registry) { (self.folder, self.registry) = (folder, registry) }

  /// All edits up to this one are written.
  private(set) var writtenSeq = 0

  // MARK: Edits

  mutating func add(_ records: [JournalRecord], at now: UInt64) {
    // Without a file: an edit that came before its failure was known.
    guard file >= 0, let last = records.last else { return }
    lastSeq = max(lastSeq, last.seq)
    if ParamLines.isParam(records) {
      for record in records where !params.defers(record, at: now) { append(record) }
      return
    }
    // An edit may depend on all before it.
    addPending()
    for record in records { append(record) }
  }

  private mutating func append(_ record: JournalRecord) {
    lines += JournalLine.seal(JournalLine.text(record, in: registry), after: &check)
  }

  /// Appends the parameter values that have waited long enough.
  mutating func addDue(at now: UInt64) { for record in params.due(at: now) { append(record) } }
  mutating func addPending() { for record in params.due(at: .max) { append(record) } }
  func secondsToDue(at now: UInt64) -> Double? { params.secondsToDue(at: now) }

  /// Writes what was appended.
  mutating func write() throws(PatchError) {
    if !lines.isEmpty, file >= 0 {
      try JournalOutput.write(lines, to: file, folder.path(.journal, generation))
      // A file without a name: the folder was removed, and a new one is begun.
      var info = stat()
      guard fstat(file, &info) == 0, info.st_nlink > 0 else {
        throw PatchError(.unwritable, "it was removed", at: Place(file: folder.path(.journal, generation)))
      }
      bytes += lines.count
      lines.removeAll(keepingCapacity: true)
      disk.sync(file)
    }
    writtenSeq = params.firstSeq.map { $0 - 1 } ?? lastSeq
  }

  // MARK: Generations

  mutating func begin(_ snapshot: JournalState, continues: Int?) throws(PatchError) {
    if continues != nil || file >= 0 { addPending() }
    try write()
    let next = max(folder.newest, generation) + 1
    if continues == nil { try JournalDisk.write(snapshot, next, folder, registry, isDurable: false) }
    try open(next, JournalHead(generation: next, seq: snapshot.seq, follows: continues ?? -1))
    disk.finish(snapshot, next, folder, registry, isWritten: continues == nil)
    (lastSeq, writtenSeq) = (max(lastSeq, snapshot.seq), snapshot.seq)
  }

  private mutating func open(_ number: Int, _ head: JournalHead) throws(PatchError) {
    let path = folder.path(.journal, number)
    let opened = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard opened >= 0 else { throw JournalFolder.failure(path) }
    var check: UInt32 = 0
    let line = JournalLine.seal(JournalLine.text(head), after: &check)
    do throws(PatchError) { try JournalOutput.write(line, to: opened, path) } catch {
      close(opened)
      unlink(path)
      throw error
    }
    if file >= 0 { close(file) }
    (file, generation, self.check, bytes) = (opened, number, check, line.count)
  }

  private static func write(_ lines: [UInt8], to file: Int32, _ path: String) throws(PatchError) {
    var done = 0
    while done < lines.count {
      let count = lines.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, $0.count - done) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw JournalFolder.failure(path) }
      done += count
    }
  }

  /// After an error: a last line that is torn is nobody's, and nothing follows it.
  mutating func abandon() {
    if file >= 0 { close(file) }
    (file, lines, params) = (-1, [], ParamLines())
  }

  /// Why the last snapshot could not be written.
  var snapshotFailure: PatchError? { disk.failure }

  /// Everything is on the disk afterwards.
  func end() {
    disk.finish(within: 10)
    if file >= 0 { fsync(file) }
  }
}

/// Parameter values that came sooner than a line may follow the one before.
struct ParamLines {
  /// Nanoseconds between the lines of one parameter, on average, and how many may come at once.
  private static let interval: UInt64 = 10_000_000, burst: UInt64 = 256
  /// More parameters than this are not remembered.
  private static let mostParams = 16_384

  private struct Waiting {
    var record: JournalRecord
    var firstSeq: Int
    var due: UInt64
  }
  private var waiting: [PortAddress: Waiting] = [:]
  /// When a parameter may have its next line, if it had none to spare.
  private var next: [PortAddress: UInt64] = [:]

  /// True if every edit sets a parameter, independent of the others.
  static func isParam(_ records: [JournalRecord]) -> Bool {
    (records.count == 1 || records[0].client == Clients.own) && records.allSatisfy { port($0) != nil }
  }

  private static func port(_ record: JournalRecord) -> PortAddress? {
    if case .both(.param(let port, _)) = record.edit { port } else { nil }
  }

  /// Returns true if the value waits; otherwise it must be written now.
  mutating func defers(_ record: JournalRecord, at now: UInt64) -> Bool {
    let port = ParamLines.port(record)!
    var record = record
    record.isContinued = false
    if let earlier = waiting[port] {
      waiting[port] = Waiting(record: record, firstSeq: earlier.firstSeq, due: earlier.due)
      return true
    }
    if next.count >= ParamLines.mostParams { next = next.filter { $0.value > now } }
    let mayBe = max(next[port] ?? 0, now)
    next[port] = mayBe + ParamLines.interval
    guard mayBe > now + ParamLines.interval * ParamLines.burst else { return false }
    waiting[port] = Waiting(record: record, firstSeq: record.seq, due: now + ParamLines.interval)
    return true
  }

  mutating func due(at now: UInt64) -> [JournalRecord] {
    guard !waiting.isEmpty else { return [] }
    let due = waiting.filter { $0.value.due <= now }
    for port in due.keys { waiting[port] = nil }
    return due.values.map(\.record).sorted { $0.seq < $1.seq }
  }

  func secondsToDue(at now: UInt64) -> Double? {
    guard let first = waiting.values.map(\.due).min() else { return nil }
    return first > now ? Double(first - now) / 1e9 : 0
  }

  /// The first edit that no line holds; nil where there is none.
  var firstSeq: Int? { waiting.values.map(\.firstSeq).min() }
}
