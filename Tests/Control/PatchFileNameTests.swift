import Control
import Foundation
import PatchKit
import Testing

/// The file of the patch follows every load, save and clear, whoever makes it; `/notify/history` and `/state` carry it.
@Suite struct PatchFileNameTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "weft-file-\(UUID().uuidString)")

  private func path(_ name: String) -> String { folder.path + "/" + name }

  private func rig() throws -> SessionRig {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, type) in [("a", "sine"), ("b", "saw")] {
      let text = """
        { "weft": 1, "name": "Patch \(name)", "about": "About \(name).", "nodes": { "osc": { "type": "\(type)" } } }
        """
      try Data(text.utf8).write(to: folder.appending(path: name + ".json"))
    }
    let rig = SessionRig()
    rig.session.files.root = try FileRoot(folder.path)
    return rig
  }

  /// The file of the initial state, and whether it lacks edits.
  private func file(_ rig: SessionRig) throws -> (path: String?, isUnsaved: Bool) {
    let state = try JSONSerialization.jsonObject(with: Data(rig.session.stateText(for: 1).utf8)) as! [String: Any]
    let path = (state["path"] as? String).map { String($0.split(separator: "/").last!) }
    return (path, state["unsaved"] as! Bool)
  }

  @Test func fileFollowsLoadsSavesAndClear() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let rig = try rig()
    #expect(try file(rig) == (nil, false))
    rig.send("/patch/create osc sine")
    #expect(try file(rig) == (nil, true))
    rig.send("/patch/load a.json")
    rig.send("/patch/commit")
    #expect(try file(rig) == ("a.json", false))
    rig.send("/mod/osc/gain 0.25")
    #expect(try file(rig) == ("a.json", true))
    rig.send("/patch/save c.json")
    #expect(try file(rig) == ("c.json", false))
    rig.send("/patch/load b.json")
    rig.send("/patch/commit")
    #expect(try file(rig) == ("b.json", false))
    rig.send("/patch/clear")
    rig.send("/patch/commit")
    #expect(try file(rig) == (nil, false))
    rig.send("/patch/create osc sine")
    rig.send("/patch/commit")
    #expect(try file(rig) == (nil, true))
  }

  @Test func undoOfALoadRestoresTheFileAndUndoOfAnEditKeepsIt() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let rig = try rig()
    for line in ["/patch/load a.json", "/patch/commit", "/patch/load b.json", "/patch/commit"] { rig.send(line) }
    rig.send("/patch/create other sine")
    rig.send("/patch/commit")
    rig.send("/patch/save c.json")
    rig.send("/patch/undo")
    rig.render(640)
    #expect(try file(rig) == ("c.json", true))
    rig.send("/patch/undo")
    rig.render(640)
    #expect(try file(rig) == ("a.json", true))
    rig.send("/patch/redo")
    rig.render(640)
    #expect(try file(rig) == ("b.json", true))
  }

  @Test func refusedSaveKeepsTheFile() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let rig = try rig()
    rig.send("/patch/load a.json")
    rig.send("/patch/commit")
    #expect(rig.failure("/patch/save b.json") == "duplicate")
    #expect(rig.failure("/patch/save no/such/folder.json") == "unwritable")
    #expect(try file(rig) == ("a.json", false))
    // A save of the committed patch leaves the edits of the draft unsaved.
    rig.send("/patch/create more sine")
    rig.send("/patch/save d.json")
    #expect(try file(rig) == ("d.json", true))
  }

  @Test func subscribersAreNotifiedOfTheFile() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let rig = try rig(), client = StreamClient(2)
    client.send(rig, "/notify on history")
    rig.render(64)
    func last() -> [OSCArgument] {
      rig.render(640)
      return client.notifications.last { $0.address == "/notify/history" }.map { Array($0.arguments[3...]) } ?? []
    }
    let folder = FileRoot.real(folder.path)!
    rig.send("/patch/load a.json")
    rig.send("/patch/commit")
    #expect(last() == [.string(folder + "/a.json"), 0])
    rig.send("/mod/osc/gain 0.25")
    #expect(last() == [.string(folder + "/a.json"), 1])
    rig.send("/patch/save a.json")
    #expect(last() == [.string(folder + "/a.json"), 0])
    rig.send("/patch/clear")
    rig.send("/patch/commit")
    #expect(last() == ["", 0])
  }

  @Test func patchListNamesTheFilesThatCanBeLoaded() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let rig = try rig()
    try FileManager.default.createDirectory(at: folder.appending(path: "more"), withIntermediateDirectories: true)
    try Data("nonsense".utf8).write(to: folder.appending(path: "more/c.json"))
    let rows = rig.send("/patch/list").dropLast().map(\.arguments)
    #expect(rows.map { $0[0] } == ["a", "b"])
    #expect(rows.map { $0[2] } == ["Patch a: About a.", "Patch b: About b."])
    for row in rows { #expect(rig.send(OSCMessage("/patch/load", [row[1]])).last?.address == "/done") }
    #expect(rig.send("/patch/list more").first?.arguments[2] == "cannot be read")
    #expect(rig.failure("/patch/list ../..") == "unreadable")
    #expect(rig.failure("/patch/list nowhere") == "unreadable")
  }
}
