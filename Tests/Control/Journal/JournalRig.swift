import Control
import Foundation
import PatchKit
import Synchronization
import TestSupport
import Testing

/// A session whose edits are kept in a journal.
final class JournalRig {
  let folder: TemporaryFolder
  let rig = SessionRig()
  let journal: Journal
  var changes: [PatchError?] = []
  private let posted: Posted

  /// The closures posted by the worker.
  private final class Posted: Sendable {
    let work = Mutex<[@Sendable () -> Void]>([])
  }

  init(_ folder: TemporaryFolder? = nil, path: String? = nil) throws {
    let place = try folder ?? TemporaryFolder(), posted = Posted()
    (self.folder, self.posted) = (place, posted)
    journal = Journal(path ?? place.path, of: rig.session) { work in posted.work.withLock { $0.append(work) } }
    journal.onChange = { [unowned self] in changes.append($0) }
  }

  /// Runs what was posted.
  func pump() {
    let work = posted.work.withLock { work in
      defer { work = [] }
      return work
    }
    for item in work { item() }
  }

  @discardableResult
  func send(_ line: String) -> [OSCMessage] {
    rig.send(line)
    return answered()
  }

  @discardableResult
  func send(_ message: OSCMessage) -> [OSCMessage] {
    rig.send(message)
    return answered()
  }

  /// The replies, once there is one.
  func answered() -> [OSCMessage] {
    _ = eventually(every: 50) {
      pump()
      if rig.replies.isEmpty { rig.render(64) }
      return !rig.replies.isEmpty
    }
    return rig.replies
  }

  /// The state that would be found after a kill now.
  func read() throws -> JournalReading { try JournalRig.read(folder.path) }

  /// Reads a copy of a folder.
  static func read(_ path: String, _ change: (TemporaryFolder) throws -> Void = { _ in }) throws -> JournalReading {
    let copy = try TemporaryFolder()
    try JournalRig.copy(path, to: copy)
    try change(copy)
    return JournalReading(try JournalFolder(copy.path), in: registry)
  }

  static func copy(_ path: String, to folder: TemporaryFolder) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: path)
    where name.hasSuffix(".json") || name.hasSuffix("l") {
      // A snapshot may be replaced, and an old one removed, meanwhile.
      try? FileManager.default.copyItem(atPath: path + "/" + name, toPath: folder.path + "/" + name)
    }
  }

  func expectKept(_ what: String = "", _ location: SourceLocation = #_sourceLocation) throws {
    let reading = try read(), state = try #require(reading.state, sourceLocation: location)
    #expect(reading.problems == [], sourceLocation: location)
    #expect(state.patch.draft == rig.session.currentDraft, "\(what)", sourceLocation: location)
    #expect(state.patch.committed == rig.session.soundingPatch, "\(what)", sourceLocation: location)
  }
}
