import Control
import Foundation
import PatchKit
import Testing

/// A draft replaced without a commit is kept in the history, independent of its author.
@Suite struct KeptDraftTests {
  private let rig = SessionRig()

  init() {
    for line in ["/patch/create osc sine", "/patch/commit", "/patch/create two sine", "/patch/commit"] {
      rig.send(line)
    }
  }

  private func drafts() -> [OSCMessage] {
    rig.send("/patch/history").filter { $0.arguments.count == 3 && $0.arguments[1] == "draft" }
  }
  private var draft: Patch { rig.session.currentDraft }

  /// Another client's edits.
  private func editAsAnother() {
    rig.session.perform(OSCMessage("/patch/create", ["mine", "saw"]), from: Requester(id: 2) { _ in })
    rig.session.perform(OSCMessage("/patch/connect", ["mine", "osc/frequency", 0.5]), from: Requester(id: 2) { _ in })
  }

  @Test(arguments: ["/patch/undo", "/patch/redo", "/patch/abort", "/patch/clear", "/patch/set", "/patch/load"])
  func keptDraftIsRestored(replacing address: String) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "weft-kept-\(UUID()).json")
    try "{ \"weft\": 1, \"nodes\": { \"x\": { \"type\": \"saw\" } } }".write(
      to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    if address == "/patch/redo" { rig.send("/patch/undo") }
    editAsAnother()
    let edited = draft, sounding = rig.session.soundingPatch
    let argument = ["/patch/set": "{ \"weft\": 1 }", "/patch/load": file.path][address]
    #expect(rig.send(OSCMessage(address, argument.map { [.string($0)] } ?? [])).last?.address == "/done")
    #expect(draft != edited)
    let kept = try #require(drafts().last)
    #expect(kept.arguments[2] == "+ mine (saw); + mine/out -> osc/frequency 0.5")
    let after = rig.session.soundingPatch
    let number = kept.arguments[0]
    #expect(
      rig.send(OSCMessage("/patch/history", ["restore", number])).last
        == OSCMessage("/done", ["/patch/history", number]))
    #expect(draft == edited && rig.session.soundingPatch == after)
    if !["/patch/undo", "/patch/redo"].contains(address) { #expect(after == sounding) }
    #expect(rig.send("/patch/commit").last?.address == "/done")
    #expect(rig.session.soundingPatch.nodes["mine"]?.type == "saw")
    // A commit does not delete it.
    #expect(drafts().contains { $0.arguments[0] == number })
    #expect(rig.send(OSCMessage("/history", ["restore", number])).last?.address == "/done")
  }

  @Test func redoSkipsKeptDrafts() {
    editAsAnother()
    rig.send("/patch/undo")
    #expect(drafts().count == 1 && rig.session.soundingPatch.nodes["two"] == nil)
    #expect(rig.send("/patch/redo").last?.address == "/done")
    #expect(rig.session.soundingPatch.nodes["two"] != nil && draft.nodes["mine"] == nil)
    #expect(rig.failure("/patch/redo") == "nothing-to-do")
  }

  @Test func aCleanDraftIsNotKept() {
    for line in ["/patch/undo", "/patch/redo", "/patch/abort", "/mod/osc/gain 0.5", "/patch/abort"] { rig.send(line) }
    #expect(drafts().isEmpty)
  }

  @Test func invalidRestoresFail() {
    #expect(rig.failure("/patch/history restore 1") == "nothing-to-do")
    #expect(rig.failure("/patch/history restore") == "argument-type")
    #expect(rig.failure("/patch/history restroe 1") == "argument-type")
    #expect(rig.failure("/patch/history 1 1") == "argument-count")
    editAsAnother()
    rig.send("/patch/abort")
    let fail = rig.send("/patch/history restore 7").last
    #expect(fail?.arguments[1] == "nothing-to-do" && fail?.arguments.last == "1")
  }

  /// The history is limited to a thousand entries, and in bytes for any patch.
  @Test func theHistoryIsBoundedByEntriesAndBytes() {
    for _ in 0..<1_100 {
      rig.send("/patch/voices \(2 + rig.session.currentDraft.voices % 3)")
      rig.send("/patch/create extra sine")
      rig.send("/patch/abort")
      rig.send("/patch/voices 1")
    }
    #expect(rig.send("/patch/history").count <= 1_001)
    var large = Patch()
    for i in 0..<500 { large.nodes["n\(i)"] = PatchNode(type: "sine", params: ["gain": .number(0.5)]) }
    for i in 0..<20 { large.snapshots["s\(i)"] = Snapshot(nodes: large.nodes) }
    rig.send(OSCMessage("/patch/set", [.string(PatchFile.text(of: large, in: registry))]))
    rig.send("/patch/commit")
    for i in 0..<60 {
      rig.send("/patch/voices \(2 + i % 2)")
      rig.send("/patch/abort")
    }
    // Each holds some two megabytes.
    let count = drafts().count
    #expect(count > 10 && count < 60)
  }

  // MARK: Several authors

  @Test func aCommitNamesTheOtherAuthors() {
    _ = rig.send("/version")
    editAsAnother()
    let done = rig.send("/patch/commit").last
    #expect(done?.arguments.count == 4 && done?.arguments.last == 2, "\(done!)")
    rig.send("/patch/create own sine")
    #expect(rig.send("/patch/commit").last?.arguments.count == 3)
  }

  @Test func aCommitIfNothingChangedFailsAfterAnothersDraftEdit() {
    var last = 0
    rig.session.onEdit = { seq, _, _ in last = seq }
    rig.send("/patch/create own sine")
    let known = last
    rig.send("/patch/create own2 sine")
    // Own edits and live parameters of others do not count.
    rig.session.perform(OSCMessage("/mod/osc/gain", [0.25]), from: Requester(id: 2) { _ in })
    #expect(rig.send("/patch/commit if \(known)").last?.address == "/done")
    editAsAnother()
    #expect(rig.failure("/patch/commit 5 if \(known)") == "stale")
    #expect(rig.session.soundingPatch.nodes["mine"] == nil)
    #expect(rig.send("/patch/commit 5 if \(last)").last?.address == "/done")
    #expect(rig.failure("/patch/commit if") == "argument-type")
    #expect(rig.failure("/patch/commit 5 unless 7") == "argument-type")
  }
}
