import Control
import Foundation
import PatchKit
import TestSupport
import Testing

/// Several clients edit one patch and notify each other.
@Suite struct ManyClientsTests {
  /// Three clients, one of them over UDP, edit at random, with bundles, loads and undo: every copy that follows the
  /// edit stream equals the patch.
  @Test(arguments: 1...3) func everyCopyEqualsThePatch(seed: Int) throws {
    let rig = SessionRig(), clients = [StreamClient(1), StreamClient(2, limit: 1_200), StreamClient(3)]
    let file = FileManager.default.temporaryDirectory.appending(path: "weft-stream-\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: file) }
    for line in ["/patch/create n0 sine", "/patch/create n1 notes", "/patch/commit"] { rig.send(line) }
    try PatchFile.text(of: rig.session.currentDraft, in: registry).write(to: file, atomically: true, encoding: .utf8)
    for client in clients { #expect(client.send(rig, "/edits on")?.address == "/done") }
    var edits = RandomEdits(seed: UInt64(seed)), bundles = 0
    for i in 0..<3_400 {
      let client = clients[edits.below(3)]
      switch edits.below(20) {
      case 0:
        let lines = (0..<2 + edits.below(4)).map { _ in edits.next() }
        let messages = lines.map { line in
          let score = try! Score.read(Array("0 \(line)\n".utf8))[0]
          return OSCPacket.message(OSCMessage(score.address, score.arguments.map(\.osc)))
        }
        client.replies = []
        rig.session.perform(.bundle(timeTag: OSCTime.immediately, messages), from: client.requester)
        bundles += client.replies.contains { $0.arguments.dropFirst().first == "aborted" } ? 1 : 0
      case 1 where i % 10 == 0: client.send(rig, "/patch/load \(file.path)")
      case 2 where i % 10 == 0: client.send(rig, "/patch/history restore \(1 + edits.below(30))")
      default: client.send(rig, edits.next())
      }
      rig.render(64)
      if i % 50 == 0 || i > 3_390 {
        let text = PatchFile.text(of: rig.session.currentDraft, in: registry)
        for client in clients { #expect(client.text == text, "client \(client.id) after \(i)") }
      }
    }
    for client in clients {
      #expect(client.failures.isEmpty, "\(client.failures)")
      #expect(client.authors.count >= 3)
    }
    #expect(bundles > 10)
  }

  /// The state is complete, also for a client that joins later.
  @Test func theStateIsWhole() throws {
    let rig = SessionRig(), client = StreamClient(2), late = StreamClient(3, limit: 200)
    for line in ["/patch/create osc sine", "/patch/commit", "/engine/volume -6", "/patch/create b \"saw\""] {
      rig.send(line)
    }
    client.send(rig, "/client/name \"Anna\"")
    #expect(late.send(rig, "/edits on") == OSCMessage("/done", ["/edits", 1]))
    let state = late.state
    #expect(state["revision"] as? Int == 1 && state["dirty"] as? Bool == true && state["volume"] as? Double == -6)
    #expect((state["clock"] as? [String: Any])?["tempo"] as? Double == 120)
    #expect((state["recording"] as? [String: Any])?["state"] as? String == "idle")
    #expect(state["undo"] as? String == "+ osc (sine)" && state["redo"] as? String == "")
    let clients = try #require(state["clients"] as? [[String: Any]])
    #expect(clients.contains { $0["name"] as? String == "Anna" && $0["id"] as? Int == 2 })
    #expect(state["client"] as? Int == 3)
    #expect((((state["committed"] as? [String: Any])?["nodes"]) as? [String: Any])?.count == 1)
    #expect(late.copy == rig.session.currentDraft)
    rig.send("/patch/delete b")
    #expect(late.copy?.nodes.count == 1)
    late.send(rig, "/edits off")
    rig.send("/patch/delete osc")
    #expect(late.copy?.nodes.count == 1)
  }

  @Test func aCommitIsNotifiedWithItsChanges() {
    let rig = SessionRig(), client = StreamClient(2)
    client.send(rig, "/notify on commit history param")
    rig.send("/patch/create osc sine")
    rig.send("/patch/create out output")
    rig.send("/patch/connect osc out")
    rig.send("/patch/commit")
    rig.render(64)
    let commit = client.notifications.first { $0.address == "/notify/commit" }!.arguments
    #expect(commit[0] == 1 && commit[2] == 1 && commit[3].number! >= 0)
    #expect(Array(commit[4...]) == ["+ osc (sine)", "+ out (output)", "+ osc/out -> out/left"])
    #expect(
      client.notifications.last
        == OSCMessage(
          "/notify/history", [.string("+ osc (sine); + out (output); + osc/out -> out/left"), "", 0, "", 1]))
    rig.send("/mod/osc/gain 0.25 2 smooth")
    #expect(client.notifications.contains(OSCMessage("/notify/param", ["osc", "gain", 0.25, 2.0, "smooth"])))
    rig.send("/mod/osc/gain 0.5 1 -3")
    #expect(client.notifications.contains(OSCMessage("/notify/param", ["osc", "gain", 0.5, 1.0, -3.0])))
    rig.send("/snap/save here")
    rig.send("/mod/osc/gain 0.75")
    client.notifications = []
    rig.send("/snap/recall here 3")
    #expect(client.notifications.first == OSCMessage("/notify/param", ["osc", "gain", 0.5, 3.0, ""]))
    rig.send("/patch/commit")
    client.notifications = []
    rig.send("/mod/osc/gain 0.125")
    rig.send("/patch/undo")
    rig.render(64)
    #expect(client.notifications.contains(OSCMessage("/notify/param", ["osc", "gain", 0.5, 0.0, ""])))
    #expect(
      client.notifications.contains { $0.address == "/notify/history" && $0.arguments[1] == "osc/gain: 0.5 -> 0.125" })
  }

  @Test func errorsHaveSevenArguments() {
    let rig = SessionRig(), client = StreamClient(2), other = StreamClient(3)
    client.send(rig, "/notify on others")
    other.send(rig, "/notify on error")
    rig.send(OSCMessage("/patch/create", ["osc", "sien", "#7"]))
    #expect(
      client.notifications == [
        OSCMessage(
          "/notify/error",
          ["no-such-type", "there is no module \"sien\"", 1, "/patch/create", "#7", "osc", "sine"])
      ])
    // Errors in requests of others are not notified as errors of the program.
    #expect(other.notifications.isEmpty)
    rig.session.report(
      PatchError(.unwritable, "the disk is full", at: Place(file: "/state/x", line: 3)), from: "--watch")
    #expect(
      other.notifications == [
        OSCMessage("/notify/error", ["unwritable", "the disk is full", 0, "--watch", "", "/state/x:3", ""])
      ])
    #expect(client.send(rig, "/nonsense")?.address == "/fail" && client.notifications.count == 1)
  }

  @Test func clientsSeeEachOther() {
    let rig = SessionRig(), anna = StreamClient(1), ben = StreamClient(2)
    rig.send("/patch/create osc sine")
    anna.send(rig, "/notify on client")
    #expect(ben.send(rig, "/client/name Ben") == OSCMessage("/done", ["/client/name", 2]))
    ben.send(rig, "/client/select osc")
    ben.send(rig, "/client/select")
    rig.session.forget(2)
    #expect(
      anna.notifications.map { $0.arguments.map(\.description).joined(separator: " ") } == [
        "2 Ben joined", "2 Ben selects osc", "2 Ben selects", "2 Ben left",
      ])
    #expect(ben.send(rig, "/client/select nobody")?.arguments[1] == "no-such-node")
    #expect(ben.send(rig, "/client/name \(String(repeating: "x", count: 65))")?.arguments[1] == "bad-name")
    // A number is never used again.
    #expect(ben.send(rig, "/client/name Ben")?.arguments[1] == 3)
  }

  // MARK: Commits and files

  @Test func tooShortLoopIsReported() {
    let rig = SessionRig()
    for line in ["/patch/create d delay", "/patch/create out output", "/patch/connect d out", "/patch/connect d d"] {
      rig.send(line)
    }
    #expect(rig.send("/patch/commit").last?.arguments.count == 3)
    for line in ["/patch/create e delay time 0.00067", "/patch/connect e out", "/patch/connect e e"] { rig.send(line) }
    let text = rig.send("/patch/commit").last?.arguments.last?.text
    #expect(text?.contains("e/time: a loop of cables takes 66 frames") == true, "\(text ?? "")")
  }

  @Test func saveDoesNotReplaceForeignFiles() throws {
    let rig = SessionRig()
    let folder = FileManager.default.temporaryDirectory.appending(path: "weft-own-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let foreign = folder.appending(path: "kick.wav"), own = folder.appending(path: "own.json")
    try "sound".write(to: foreign, atomically: true, encoding: .utf8)
    rig.send("/patch/create osc sine")
    for line in ["/patch/save \(foreign.path)", "/preset/save osc \(foreign.path)", "/preset/save * \(foreign.path)"] {
      #expect(rig.failure(line) == "duplicate", "\(line)")
      #expect(try String(contentsOf: foreign, encoding: .utf8) == "sound")
    }
    #expect(rig.failure("/patch/save \(foreign.path) overwrote") == "argument-type")
    #expect(rig.send("/patch/save \(own.path)").last?.address == "/done")
    #expect(rig.send("/patch/save \(own.path)").last?.address == "/done")
    #expect(rig.send("/patch/save \(foreign.path) overwrite").last?.address == "/done")
    #expect(rig.send("/patch/save \(foreign.path)").last?.address == "/done")
    // A loaded file may be replaced.
    let other = SessionRig()
    #expect(other.failure("/patch/save \(own.path)") == "duplicate")
    other.send("/patch/load \(own.path)")
    #expect(other.send("/patch/save \(own.path)").last?.address == "/done")
  }

  /// An edit that names a missing sound fails; in a whole patch the node is silent.
  @Test func missingSoundFileFailsAnEdit() {
    let rig = SessionRig()
    rig.session.requireSound = { name throws(PatchError) in
      if name.name != "there.wav" { throw PatchError(.unreadable, "there is no such file", suggestions: ["there.wav"]) }
    }
    #expect(rig.failure("/patch/create s sampler file their.wav") == "unreadable")
    #expect(rig.session.currentDraft.nodes.isEmpty)
    #expect(rig.send("/patch/create s sampler file there.wav").last?.address == "/done")
    let fail = rig.send("/mod/s/file their.wav").last
    #expect(fail?.arguments[1] == "unreadable" && fail?.arguments[2] == "s/file: there is no such file")
    #expect(fail?.arguments.last == "there.wav")
    let text = "{ \"weft\": 1, \"nodes\": { \"s\": { \"type\": \"sampler\", \"params\": { \"file\": \"x.wav\" } } } }"
    #expect(rig.send(OSCMessage("/patch/set", [.string(text)])).last?.address == "/done")
  }
}
