import Glibc
import ModuleKit
import PatchKit

/// The state that the files of a folder hold: the newest that is whole.
public struct JournalReading {
  /// nil: there is none.
  public private(set) var state: JournalState?
  /// Files that could not be read, with the reasons.
  public private(set) var problems: [String] = []
  /// The newest generation, which the next one continues where nothing was damaged.
  var generation = 0

  /// The longest journal that is read: one that is longer was not written by this program.
  private static let mostBytes = 256 << 20

  private let folder: JournalFolder
  private let registry: Registry

  /// Reads the newest snapshot that is whole, and all edits since.
  public init(_ folder: JournalFolder, in registry: Registry) {
    (self.folder, self.registry) = (folder, registry)
    generation = folder.newest
    for generation in folder.generations(.state).reversed() {
      do throws(PatchError) {
        let bytes = try TextFile.read(folder.path(.state, generation), most: 4 * Patch.Limits.fileBytes)
        state = try JournalSnapshot.read(bytes, in: registry)
        replay(from: generation)
        return
      } catch {
        problems.append("\(folder.path(.state, generation)): \(error.message)")
      }
    }
    if problems.isEmpty, generation > 0 { problems.append("\(folder.path): there is no snapshot") }
  }

  /// Applies the edits of the journals from a generation on.
  private mutating func replay(from first: Int) {
    for generation in first...max(first, folder.newest) {
      // Between two snapshots of one run there may be journals whose snapshot was not finished.
      guard access(folder.path(.journal, generation), F_OK) == 0 else { return }
      guard read(generation, isFirst: generation == first) else { return }
    }
  }

  /// - Returns: whether the next generation may continue it.
  private mutating func read(_ generation: Int, isFirst: Bool) -> Bool {
    let path = folder.path(.journal, generation)
    do throws(PatchError) {
      let lines = try JournalLines(path, most: JournalReading.mostBytes)
      guard let head = try lines.next().flatMap(JournalLine.head) else {
        // Killed before its first line was whole: nothing was answered.
        return false
      }
      guard head.version <= JournalHead.version else { throw JournalSnapshot.newer }
      if isFirst ? head.seq != state!.seq : head.follows != state!.seq {
        throw PatchError(.malformed, "it does not continue the record before it")
      }
      state!.seq = head.seq
      try replay(lines)
      return true
    } catch {
      problems.append("\(path): \(error.message); what came before is read")
      return false
    }
  }

  /// Applies whole transactions.
  private mutating func replay(_ lines: JournalLines) throws(PatchError) {
    var waiting: [JournalRecord] = []
    while let line = try lines.next() {
      waiting.append(try JournalLine.record(line, in: registry))
      if waiting.last!.isContinued { continue }
      if waiting.count == 1 {
        try state!.patch.apply(waiting[0].edit)
      } else {
        var patch = state!.patch
        for record in waiting { try patch.apply(record.edit) }
        state!.patch = patch
      }
      state!.seq = max(state!.seq, waiting.last!.seq)
      waiting = []
    }
  }
}

/// The lines of a journal whose checksums are right, read piece by piece.
private final class JournalLines {
  private let file: Int32
  private let most: Int
  /// A patch as a whole, escaped.
  private let longestLine = 2 * Patch.Limits.fileBytes
  private var buffer: [UInt8] = []
  private var at = 0
  private var searched = 0
  private var check: UInt32 = 0
  private var total = 0

  init(_ path: String, most: Int) throws(PatchError) {
    file = try TextFile.open(path).file
    self.most = most
  }

  deinit { close(file) }

  /// The next line without its checksum; nil at the end, and before a last line that is torn.
  ///
  /// - Throws: `.malformed` where a line is damaged that is not the last.
  func next() throws(PatchError) -> ArraySlice<UInt8>? {
    while true {
      if let end = newline(from: searched) {
        let line = buffer[at..<end]
        (at, searched) = (end + 1, end + 1)
        if let body = JournalLine.opened(line, after: &check) { return body }
        // A line that ends is whole, or was never written by this program.
        throw PatchError(.malformed, "it is damaged after \(total - buffer.count + line.startIndex) bytes")
      }
      searched = buffer.count
      guard total < most else { throw PatchError(.limit, "it is longer than \(most >> 20) MiB") }
      guard buffer.count - at <= longestLine else {
        throw PatchError(.malformed, "it is damaged after \(total - buffer.count + at) bytes")
      }
      guard try fill() else { return nil }
    }
  }

  private func newline(from start: Int) -> Int? {
    buffer.withUnsafeBytes { bytes in
      guard start < bytes.count else { return nil }
      return memchr(bytes.baseAddress! + start, 0x0a, bytes.count - start).map {
        UnsafeRawPointer($0) - bytes.baseAddress!
      }
    }
  }

  private func fill() throws(PatchError) -> Bool {
    if at > 0 {
      buffer.removeFirst(at)
      (searched, at) = (searched - at, 0)
    }
    let start = buffer.count
    buffer += [UInt8](repeating: 0, count: 1 << 20)
    var count = 0
    repeat {
      count = buffer.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + start, 1 << 20) }
    } while count < 0 && errno == EINTR
    let reason = errno
    buffer.removeLast((1 << 20) - max(count, 0))
    if count < 0 { throw PatchError(.unreadable, "it cannot be read: \(String(cString: strerror(reason)))") }
    total += count
    return count > 0
  }
}
