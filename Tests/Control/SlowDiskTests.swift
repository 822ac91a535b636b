import Control
import Foundation
import PatchKit
import Synchronization
import TestSupport
import Testing

/// Files that are written by a worker: a slow disk delays only the answers that wait for it.
@Suite struct SlowDiskTests {
  /// A session whose disk is busy until `release`.
  private final class Rig {
    let rig = SessionRig()
    let folder: TemporaryFolder
    private let queue = WorkQueue(), gate = DispatchSemaphore(value: 0), posted = Posted()
    private final class Posted: Sendable { let work = Mutex<[@Sendable () -> Void]>([]) }
    /// Replies by client.
    var replies: [Int: [OSCMessage]] = [:]

    init() throws {
      folder = try TemporaryFolder()
      rig.session.files.root = try FileRoot(folder.path)
      rig.session.writeFiles(on: queue) { [posted] work in posted.work.withLock { $0.append(work) } }
      rig.send("/patch/create osc sine")
      rig.send("/patch/commit")
      rig.render(4_800)
      queue.add { [gate] in gate.wait() }
    }

    func send(_ client: Int, _ address: String, _ arguments: OSCArgument...) {
      let requester = Requester(id: client) { [unowned self] in replies[client, default: []].append($0) }
      rig.session.perform(OSCMessage(address, arguments), from: requester)
      rig.session.tick()
    }

    func release() {
      gate.signal()
      _ = eventually { !queue.isBusy }
      let work = posted.work.withLock { work in
        defer { work = [] }
        return work
      }
      for item in work { item() }
      rig.session.tick()
    }

    func addresses(_ client: Int) -> [String] {
      (replies[client] ?? []).map { $0.address == "/synced" ? $0.address : $0.arguments[0].text ?? "" }
    }
  }

  @Test func otherClientsAreAnsweredWhileAPatchIsSaved() throws {
    let rig = try Rig()
    rig.send(1, "/patch/save", "a.json")
    rig.send(1, "/preset/save", "osc", "./b.json")
    rig.send(2, "/patch/create", "other", "saw")
    rig.send(2, "/patch/cables")
    #expect(rig.addresses(1) == [])
    #expect(rig.addresses(2) == ["/patch/create", "/patch/cables"])
    #expect(!FileManager.default.fileExists(atPath: rig.folder.path + "/a.json"))
    rig.release()
    #expect(rig.addresses(1) == ["/patch/save", "/preset/save"])
    #expect(rig.replies[1]?.allSatisfy { $0.address == "/done" } == true)
    #expect(rig.replies[1]?.first?.arguments[1].text == rig.folder.path + "/a.json")
  }

  /// Requests that read files do not overtake those that write them, and later requests do not overtake either.
  @Test func readsAndSyncWaitForTheFilesBefore() throws {
    let rig = try Rig()
    rig.send(1, "/patch/save", "a.json")
    rig.send(1, "/sync", 1)
    rig.send(1, "/patch/clear")
    rig.send(1, "/patch/load", "a.json")
    rig.send(1, "/patch/nodes")
    #expect(rig.addresses(1) == ["/patch/clear"])
    rig.release()
    let expected = ["/patch/clear", "/patch/save", "/patch/load", "osc", "/patch/nodes", "/synced"]
    #expect(rig.addresses(1) == expected)
  }

  /// The second save of one name is of the file that the first one writes.
  @Test func savesOfOneNameAreWrittenInOrder() throws {
    let rig = try Rig()
    rig.send(1, "/patch/save", "a.json")
    rig.send(2, "/patch/save", "a.json")
    rig.release()
    #expect(rig.replies[1]?.first?.address == "/done" && rig.replies[2]?.first?.address == "/done")
  }

  /// A file that comes to be there meanwhile is nobody's to replace.
  @Test func aFileThatAppearsMeanwhileIsNotReplaced() throws {
    let rig = try Rig(), path = rig.folder.path + "/a.json"
    rig.send(1, "/patch/save", "a.json")
    try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
    rig.release()
    #expect(rig.replies[1]?.first?.arguments[1].text == "duplicate")
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    rig.send(1, "/patch/save", "a.json", "overwrite")
    rig.release()
    #expect(rig.replies[1]?.last?.address == "/done")
    #expect(rig.folder.names == ["a.json"])
  }
}
