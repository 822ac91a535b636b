import Control
import Foundation
import PatchKit
import TestSupport
import Testing

/// The journal: each answered edit is in its files.
@Suite struct JournalTests {
  /// Whatever is edited: at each answer the files hold the draft and the committed patch.
  @Test(arguments: 1...4) func everyAnsweredEditIsInTheJournal(seed: Int) throws {
    let rig = try JournalRig()
    try rig.journal.lock()
    rig.journal.begin(resumed: false)
    var edits = RandomEdits(seed: UInt64(seed)), isBegun = false
    rig.rig.session.onEdit = { _, _, _ in isBegun = true }
    for i in 0..<250 {
      let line = edits.next()
      rig.send(line)
      if isBegun { try rig.expectKept("after \(i): \(line)") }
    }
  }

  /// Edits of one bundle are in the journal together or not at all, wherever it is cut off.
  @Test func aTornTransactionIsDroppedWhole() throws {
    let rig = try JournalRig()
    rig.journal.begin(resumed: false)
    rig.send("/patch/create first sine")
    rig.rig.session.perform(
      OSCPacket.bundle(
        timeTag: OSCTime.immediately,
        ["a", "b", "c"].map { OSCPacket.message(OSCMessage("/patch/create", [.string($0), "sine"])) }),
      from: rig.rig.requester)
    _ = eventually(every: 50) {
      rig.pump()
      return rig.rig.replies.count >= 3
    }
    let journal = try Data(contentsOf: URL(fileURLWithPath: rig.folder.path + "/journal-1.jsonl"))
    for length in 0..<journal.count {
      let reading = try JournalRig.read(rig.folder.path) { copy in
        try journal.prefix(length).write(to: URL(fileURLWithPath: copy.path + "/journal-1.jsonl"))
      }
      #expect(reading.problems == [])
      #expect(reading.state?.patch.draft.nodes.count == 1, "cut off after \(length) of \(journal.count) bytes")
    }
    #expect(try rig.read().state?.patch.draft.nodes.count == 4)
  }

  /// A bundle of 10,000 edits of which the last is wrong leaves neither the patch nor the journal changed.
  @Test func aLargeTransactionThatFailsLeavesNoTrace() throws {
    let rig = try JournalRig(), path = rig.folder.path + "/journal-1.jsonl"
    rig.journal.begin(resumed: false)
    rig.send("/patch/create a sine")
    let before = try Data(contentsOf: URL(fileURLWithPath: path)), names = ["a", "b"]
    var replies: [String: Int] = [:]
    let requester = Requester(id: 7) { replies[$0.address, default: 0] += 1 }
    func perform(last: OSCMessage) {
      let renames = (0..<9_999).map {
        OSCMessage("/patch/rename", [.string(names[$0 % 2]), .string(names[1 - $0 % 2])])
      }
      rig.rig.session.perform(
        OSCPacket.bundle(timeTag: OSCTime.immediately, (renames + [last]).map { OSCPacket.message($0) }),
        from: requester)
    }
    perform(last: OSCMessage("/patch/delete", ["nobody"]))
    #expect(replies == ["/fail": 10_000])
    try rig.expectKept()
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    perform(last: OSCMessage("/patch/voices", [3]))
    #expect(
      eventually(every: 50) {
        rig.pump()
        return replies["/done"] == 10_000
      })
    try rig.expectKept()
  }

  /// Values of one parameter that come faster than a hundred a second share lines; the last one is kept.
  @Test func fastParameterValuesAreCoalesced() throws {
    let rig = try JournalRig()
    rig.send("/patch/create osc sine")
    rig.send("/patch/commit")
    rig.journal.begin(resumed: false)
    rig.send("/patch/voices 2")
    var answers = 0
    var failures: [String] = []
    let requester = Requester(id: 7) {
      answers += 1
      if $0.address == "/fail" { failures.append($0.description) }
    }
    for i in 1...4_000 {
      rig.rig.session.perform(OSCMessage("/mod/osc/frequency", [.float(Float(20 + i))]), from: requester)
      if i % 50 == 0 { rig.rig.render(64) }
    }
    #expect(
      eventually(every: 50) {
        rig.pump()
        return answers == 4_000
      }, "\(answers) answers")
    #expect(failures == [])
    let lines = try String(contentsOfFile: rig.folder.path + "/journal-1.jsonl", encoding: .utf8).split(separator: "\n")
    #expect(lines.count < 1_200)
    try rig.expectKept()
    // Edits that depend on the value follow it.
    rig.rig.session.perform(OSCMessage("/mod/osc/frequency", [50]), from: requester)
    rig.rig.session.perform(OSCMessage("/patch/delete", ["osc"]), from: requester)
    rig.send("/patch/commit")
    try rig.expectKept()
  }

  /// Snapshots replace long journals while edits go on; the one before the newest is kept.
  @Test func aLongJournalIsCompacted() throws {
    let rig = try JournalRig()
    rig.journal.begin(resumed: false)
    let text = String(repeating: "0123456789", count: 20_000)
    for i in 0..<70 {
      let patch = "{\"weft\": 1, \"about\": \"\(i) \(text)\", \"nodes\": {}, \"cables\": []}"
      #expect(rig.send(OSCMessage("/patch/set", [.string(patch)])).last?.address == "/done")
    }
    #expect(eventually { FileManager.default.fileExists(atPath: rig.folder.path + "/state-4.json") })
    try rig.expectKept()
    #expect(eventually { !FileManager.default.fileExists(atPath: rig.folder.path + "/state-2.json") })
    try rig.expectKept()
    rig.journal.finish()

    // A damaged snapshot: the one before it, and all edits since.
    let newest = rig.folder.names.filter { $0.hasPrefix("state") }.last!
    let reading = try JournalRig.read(rig.folder.path) { copy in
      try Data("{\"weft\":1".utf8).write(to: URL(fileURLWithPath: copy.path + "/" + newest))
    }
    #expect(reading.problems.count == 1)
    #expect(reading.state?.patch.draft == rig.rig.session.currentDraft)
  }

  /// A run that resumes continues the files; one that does not puts them aside with its first edit.
  @Test func anotherRunContinuesOrPutsAside() throws {
    let folder = try TemporaryFolder()
    func run(resumes: Bool, _ line: String) throws {
      let rig = try JournalRig(folder)
      try rig.journal.lock()
      let state = resumes ? rig.journal.read()?.state : nil
      if let state { rig.rig.session.setDraft(state.patch.draft) }
      rig.journal.begin(resumed: state != nil)
      rig.send(line)
      try rig.expectKept()
      rig.journal.finish()
    }
    try run(resumes: true, "/patch/create a sine")
    try run(resumes: true, "/patch/create b sine")
    try run(resumes: true, "/patch/create c sine")
    #expect(try JournalRig.read(folder.path).state?.patch.draft.nodes.count == 3)
    #expect(!folder.names.contains("last"))
    try run(resumes: false, "/patch/create d sine")
    #expect(try JournalRig.read(folder.path).state?.patch.draft.nodes.keys.sorted() == ["d"])
    #expect(try JournalRig.read(folder.path + "/last").state?.patch.draft.nodes.count == 3)
  }

  @Test func aLockedFolderSaysWhoHoldsIt() throws {
    let folder = try TemporaryFolder()
    let held = try JournalFolder(folder.path)
    let error = #expect(throws: PatchError.self) { _ = try JournalFolder(folder.path) }
    #expect(error?.code == .busy && error?.message.contains("process \(getpid())") == true)
    withExtendedLifetime(held) {}
  }

  /// Without a folder edits are answered, the reason is reported once, and all is kept as soon as there is one.
  @Test func aFolderThatCannotBeWrittenIsTriedAgain() throws {
    let place = try TemporaryFolder(), file = place.path + "/file"
    try Data().write(to: URL(fileURLWithPath: file))
    let rig = try JournalRig(place, path: file + "/state")
    rig.journal.begin(resumed: false)
    #expect(rig.send("/patch/create a sine").last?.address == "/done")
    #expect(rig.send("/patch/create b sine").last?.address == "/done")
    #expect(rig.changes.count == 1 && rig.changes[0]?.code == .unwritable)
    unlink(file)
    #expect(
      eventually {
        rig.rig.render(64)
        rig.pump()
        return rig.changes.count == 2 && rig.changes[1] == nil
      })
    #expect(try JournalRig.read(file + "/state").state?.patch.draft == rig.rig.session.currentDraft)
    unlink(file + "/state/lock")
    for name in ["state-1.json", "journal-1.jsonl"] { unlink(file + "/state/" + name) }
    rmdir(file + "/state")
    rmdir(file)
  }
}
