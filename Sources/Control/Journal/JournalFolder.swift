import Glibc
import PatchKit

/// The folder of one program's state: `ADDRESS-PORT`, locked while the program runs.
///
/// `state-N.json` is the snapshot with which generation N began, `journal-N.jsonl` the edits since. The two newest
/// snapshots are kept, and the journals from the older of them on.
public final class JournalFolder: Sendable {
  public let path: String
  private let lock: Int32

  /// Makes the folder and locks it.
  ///
  /// - Throws: `.unwritable` with the system's reason; `.busy` with the process that holds it.
  public init(_ path: String) throws(PatchError) {
    self.path = path
    JournalFolder.make(path)
    let name = path + "/lock"
    lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard lock >= 0 else { throw JournalFolder.failure(path) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      let isHeld = errno == EWOULDBLOCK
      defer { close(lock) }
      throw isHeld
        ? PatchError(.busy, "it is held by \(JournalFolder.holder(lock))", at: Place(file: path))
        : JournalFolder.failure(path)
    }
    ftruncate(lock, 0)
    let text = "\(getpid())\n"
    _ = pwrite(lock, text, text.utf8.count, 0)
  }

  deinit { close(lock) }

  static func failure(_ path: String) -> PatchError {
    PatchError(.unwritable, "it cannot be written: \(String(cString: strerror(errno)))", at: Place(file: path))
  }

  private static func holder(_ lock: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = pread(lock, &bytes, bytes.count, 0)
    let digits = String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != 0x0a }, as: UTF8.self)
    guard let process = Int(digits) else { return "another program" }
    return "another weft, process \(process)"
  }

  /// Makes a folder and those above it, for this user alone.
  static func make(_ path: String) {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/" + part
      mkdir(made, 0o700)
    }
  }

  // MARK: Files

  enum Kind: String, CaseIterable {
    case state, journal
    var ending: String { self == .state ? ".json" : ".jsonl" }
  }

  func path(_ kind: Kind, _ generation: Int) -> String { "\(path)/\(kind.rawValue)-\(generation)\(kind.ending)" }

  /// The generations of which there is a file, oldest first.
  func generations(_ kind: Kind) -> [Int] {
    let prefix = kind.rawValue + "-"
    return (Folder.names(in: path) ?? []).compactMap { name in
      guard name.hasPrefix(prefix), name.hasSuffix(kind.ending) else { return nil }
      return Int(name.dropFirst(prefix.count).dropLast(kind.ending.count))
    }.sorted()
  }

  var newest: Int { max(generations(.state).last ?? 0, generations(.journal).last ?? 0) }

  /// Removes what no fallback needs: all before the second newest snapshot.
  func prune() {
    guard let oldest = generations(.state).suffix(2).first else { return }
    for kind in Kind.allCases {
      for generation in generations(kind) where generation < oldest { unlink(path(kind, generation)) }
    }
  }

  /// The most folders of files that could not be read.
  private static let mostAside = 8

  /// Moves all files to a folder within this one: `last`, in place of those of the run before, or one of its own.
  ///
  /// - Returns: the folder; nil where there was no file.
  @discardableResult
  func moveAside(_ name: String, keepsOlder: Bool = false) -> String? {
    let files = Kind.allCases.flatMap { kind in generations(kind).map { path(kind, $0) } }
    guard !files.isEmpty else { return nil }
    var folder = path + "/" + name
    if keepsOlder {
      // More than that are a program that is restarted without end: the first ones are the ones that matter.
      guard let free = (1...JournalFolder.mostAside).first(where: { access("\(folder)-\($0)", F_OK) != 0 }) else {
        for file in files { unlink(file) }
        return nil
      }
      folder += "-\(free)"
    }
    mkdir(folder, 0o700)
    for old in Folder.names(in: folder) ?? [] where !old.hasPrefix(".") { unlink(folder + "/" + old) }
    for file in files { rename(file, folder + file.dropFirst(path.count)) }
    return folder
  }

  /// Makes names durable.
  func sync() {
    let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
  }
}
