import Control
import PatchKit
import Testing

/// A bundle's edits are applied together or not at all.
@Suite final class TransactionTests {
  private let rig = SessionRig()
  private var answers: [OSCMessage] = []

  init() {
    for line in ["/patch/create osc sine frequency 440", "/patch/create out output", "/patch/connect osc out"] {
      rig.send(line)
    }
    rig.send("/patch/commit")
    rig.render(4_800)
  }

  private func message(_ line: String) -> OSCPacket {
    let score = try! Score.read(Array("0 \(line)\n".utf8))[0]
    return .message(OSCMessage(score.address, score.arguments.map(\.osc)))
  }

  /// Sends a bundle of lines; returns the replies, including those of its commits.
  private func bundle(_ lines: [String], timeTag: UInt64 = OSCTime.immediately) -> [OSCMessage] {
    bundle(packets: lines.map(message), timeTag: timeTag)
  }
  private func bundle(packets: [OSCPacket], timeTag: UInt64 = OSCTime.immediately) -> [OSCMessage] {
    answers = []
    rig.session.perform(
      .bundle(timeTag: timeTag, packets), from: Requester(id: 1) { [unowned self] in answers.append($0) })
    rig.render(9_600)
    return answers
  }

  private func shown(_ answers: [OSCMessage]) -> [String] {
    answers.map {
      "\($0.address) \($0.arguments.prefix($0.address == "/fail" ? 2 : 1).map(\.description).joined(separator: " "))"
    }
  }
  private var text: String { PatchFile.text(of: rig.session.currentDraft, in: registry) }

  /// Regression: the old node deleted, the new one mistyped, and the result committed as silence.
  @Test func aMistypedCreateKeepsTheOldNode() {
    let before = text
    let answers = bundle(["/patch/delete osc", "/patch/create osc sien", "/patch/connect osc out", "/patch/commit"])
    #expect(
      shown(answers) == [
        "/fail /patch/delete aborted", "/fail /patch/create aborted", "/fail /patch/connect aborted",
        "/fail /patch/commit aborted",
      ])
    for answer in answers {
      #expect(answer.arguments[2].text!.hasPrefix("/patch/create: no-such-type: osc: there is no module \"sien\""))
      #expect(answer.arguments.last == "sine")
    }
    #expect(text == before && rig.session.soundingPatch.nodes["osc"]?.type == "sine")
    #expect(rig.render(4_800).contains { abs($0) > 0.05 })
  }

  @Test func validBundleIsAppliedInOrder() {
    let answers = bundle([
      "/patch/create lfo sine frequency 30", "/patch/connect lfo osc/frequency 0.1", "/mod/osc/gain 0.25",
      "/snap/save here", "/patch/commit",
    ])
    #expect(
      shown(answers) == [
        "/done /patch/create", "/done /patch/connect", "/done /mod/osc/gain", "/done /snap/save", "/done /patch/commit",
      ])
    #expect(rig.session.soundingPatch.cables.count == 2)
    #expect(rig.session.soundingPatch.nodes["osc"]?.params["gain"] == .number(0.25))
  }

  /// Parameters of an aborted bundle are not audible either.
  @Test func abortedBundleIsInaudible() {
    let edits = ["/mod/osc/gain 0", "/snap/save here", "/patch/voices 4", "/midi/map osc/gain 7", "/mod/osc/gian 1"]
    let before = text, sounding = rig.session.soundingPatch
    #expect(bundle(edits).allSatisfy { $0.arguments[1] == "aborted" })
    #expect(text == before && rig.session.soundingPatch == sounding)
    #expect(rig.render(4_800).contains { abs($0) > 0.05 })
    #expect(rig.send("/patch/history").last?.arguments[1] == 1)
  }

  /// Note-offs and queries run regardless of a failed edit.
  @Test func notesAndQueriesOfAnAbortedBundleRun() {
    rig.send("/patch/create keys notes")
    rig.send("/patch/create o2 output")
    rig.send("/patch/connect keys/gate o2")
    rig.send("/patch/commit")
    rig.send("/note/on 60 1")
    rig.render(960)
    let answers = bundle(["/patch/create x sien", "/note/off 60", "/mod/osc/gain", "/patch/delete osc", "/version"])
    #expect(
      shown(answers) == [
        "/fail /patch/create aborted", "/done /note/off", "/done /mod/osc/gain", "/fail /patch/delete aborted",
        "/done /version",
      ])
  }

  /// Each commit ends a transaction; after a failed one the later ones abort too.
  @Test func severalCommitsAreSeveralTransactions() {
    let answers = bundle([
      "/patch/create a sine", "/patch/commit", "/patch/create b sine", "/patch/create b sine", "/patch/commit",
      "/patch/create c sine", "/patch/commit",
    ])
    #expect(shown(answers).map { $0.hasPrefix("/done") } == [true, false, false, false, false, false, true])
    #expect(rig.session.soundingPatch.nodes.keys.sorted() == ["a", "osc", "out"])
    let nodes = rig.session.currentDraft.nodes
    #expect(nodes["b"] == nil && nodes["c"] == nil)
  }

  /// An error found by the compiler aborts the bundle too.
  @Test func aCycleAbortsTheBundle() {
    let before = text
    let answers = bundle([
      "/mod/osc/gain 0", "/patch/create a math", "/patch/create b math", "/patch/connect a b", "/patch/connect b a",
      "/patch/commit",
    ])
    #expect(answers.count == 6 && answers.allSatisfy { $0.arguments[1] == "aborted" })
    #expect(answers[0].arguments[2].text?.hasPrefix("/patch/commit: cycle") == true, "\(answers[0])")
    #expect(text == before)
    #expect(rig.render(4_800).contains { abs($0) > 0.05 })
  }

  /// Ten thousand edits of which the last is wrong.
  @Test func transactionOfTenThousandEditsAborts() {
    let before = text
    let lines = (0..<2_000).flatMap {
      [
        "/patch/create n\($0) sine", "/mod/n\($0)/gain 0.1", "/patch/connect n\($0) out 0.001", "/mod/osc/gain 0.2",
        "/patch/voices \(1 + $0 % 4)",
      ]
    }
    let answers = bundle(lines + ["/patch/delete nobody"])
    #expect(answers.count == 10_001 && answers.allSatisfy { $0.arguments[1] == "aborted" })
    #expect(text == before)
    #expect(bundle(["/patch/create ok sine", "/mod/osc/gain 1"]).allSatisfy { $0.address == "/done" })
  }

  /// A nested bundle with its own time is its own transaction; one without is part of the outer one.
  @Test func aBundleWithItsOwnTimeIsItsOwnTransaction() {
    let inner = OSCPacket.bundle(timeTag: OSCTime.immediately, [message("/patch/create a sine")])
    var answers = bundle(packets: [inner, message("/patch/create b sien")])
    #expect(answers.count == 2 && answers.allSatisfy { $0.arguments[1] == "aborted" })
    let later = OSCPacket.bundle(
      timeTag: OSCTime.now().tag(at: 1_000_000_100), [message("/patch/create a sine"), message("/mod/osc/gain 0.5")])
    answers = bundle(packets: [later, message("/patch/create b sien"), message("/patch/create c sine")])
    #expect(answers.filter { $0.address == "/done" }.count == 2)
    #expect(rig.session.currentDraft.nodes["a"] != nil && rig.session.currentDraft.nodes["c"] == nil)
  }

  /// A single edit answers with its own error, as outside a bundle.
  @Test func singleEditFailsWithItsOwnError() {
    let answers = bundle(["/note/on 60 1", "/patch/create x sien"])
    #expect(answers.last?.arguments[1] == "no-such-type")
  }

  /// An address pattern is applied to all matching parameters or to none.
  @Test func addressPatternIsAtomic() {
    rig.send("/patch/create osc2 sine")
    let before = text
    #expect(bundle(["/mod/*/gain 0.5", "/mod/*/gain 1000000"]).allSatisfy { $0.arguments[1] == "aborted" })
    #expect(text == before)
    #expect(bundle(["/mod/osc*/gain 0.5", "/mod/osc*/frequency 100"]).count == 4)
    #expect(rig.session.currentDraft.nodes["osc2"]?.params["gain"] == .number(0.5))
  }

  /// Aborted edits have no sequence numbers: the edit stream has no gap.
  @Test func anAbortedBundleLeavesNoEdits() {
    var last: Int?
    rig.session.onEdit = { seq, _, _ in
      if let last { #expect(seq == last + 1) }
      last = seq
    }
    rig.send("/patch/create a sine")
    let first = last
    _ = bundle(["/patch/create b sine", "/patch/create b sine"])
    #expect(last == first)
    _ = bundle(["/patch/create b sine", "/patch/create c sine"])
    #expect(last == first! + 2)
  }

  /// A gesture of the page: the places of all nodes, a new node, a commit.
  @Test func placesAndACommitInOneBundleAreOneUndoStep() {
    let before = text
    rig.send("/mod/osc/gain 0.3")
    let set = text
    _ = bundle(["/patch/place osc 10 20", "/patch/create g gain", "/patch/place g 300 20", "/patch/commit"])
    #expect(rig.session.soundingPatch.nodes["g"]?.position == NodePosition(300, 20))
    rig.send("/patch/undo")
    #expect(text == set && rig.session.soundingPatch == rig.session.currentDraft)
    rig.send("/patch/redo")
    #expect(rig.session.soundingPatch.nodes["osc"]?.position == NodePosition(10, 20))
    rig.send("/patch/undo")
    // Parameters that were set live before the bundle are a step of their own.
    rig.send("/patch/undo")
    #expect(text == before)
  }
}
