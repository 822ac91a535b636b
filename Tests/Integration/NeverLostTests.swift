import Control
import Foundation
import Hosts
import PatchKit
import SoundFiles
import TestSupport
import Testing

/// Crash safety: no edit is lost by a crash or a quit.
@Suite(.serialized) struct NeverLostTests {
  private func knob(_ weft: PlayingWeft, _ address: String) throws -> String {
    try weft.send(address).output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// True if a file of the journal contains a text.
  private func isKept(_ weft: PlayingWeft, _ file: String, _ text: String) -> Bool {
    (try? String(contentsOfFile: weft.stateFolder + "/" + file, encoding: .utf8))?.contains(text) == true
  }

  @Test func aKilledRunGoesOn() throws {
    let weft = try PlayingWeft()
    _ = try weft.send("/patch/create", "osc", "sine")
    _ = try weft.send("/patch/commit")
    _ = try weft.send("/mod/osc/frequency", "333.0")
    _ = try weft.send("/patch/create", "next", "saw")
    #expect(isKept(weft, "journal-1.jsonl", "333") && isKept(weft, "journal-1.jsonl", "next"))
    _ = weft.end(SIGKILL)

    let again = try PlayingWeft(port: weft.port, ["--resume"])
    #expect(again.messages.contains("the last run ended, nodes: 1; its draft"))
    #expect(try knob(again, "/mod/osc/frequency").hasSuffix("333.0"))
    #expect(try again.send("/patch/diff").output.contains("+ next (saw)"))
    #expect(try again.send("/status").output.contains("nodes 1"))
    _ = try again.send("/patch/commit")
    #expect(again.end(SIGTERM).status == 0)

    // The state at a quit is kept too; a run without `--resume` renames it before its first save.
    let fresh = try PlayingWeft(port: weft.port)
    #expect(try fresh.send("/status").output.contains("nodes 0"))
    _ = try fresh.send("/patch/create", "other", "sine")
    #expect(isKept(fresh, "state-1.json", "other") && isKept(fresh, "last/journal-1.jsonl", "next"))
    _ = fresh.end(SIGTERM)
  }

  /// Answered edits survive `kill -9` right after the answer.
  @Test func anAnswerMeansThatItIsKept() throws {
    var weft = try PlayingWeft()
    let port = weft.port
    for round in 0..<8 {
      let osc = try LibloClient(port: port)
      #expect(osc.call("/patch/create", .string("n\(round)"), "sine")?.address == "/done")
      if round % 2 == 0 { #expect(osc.call("/patch/commit")?.address == "/done") }
      #expect(osc.call("/mod/n\(round)/frequency", .float(Float(500 + round)))?.address == "/done")
      _ = weft.end(SIGKILL)
      weft = try PlayingWeft(port: port, ["--resume"])
      #expect(try knob(weft, "/mod/n\(round)/frequency").hasSuffix("\(500 + round).0"))
      #expect(try weft.send("/status").output.contains("nodes \(round / 2 * 2 + 1)"))
      #expect(try weft.send("/patch/diff").output.contains("+ n\(round) ") == (round % 2 == 1))
    }
    _ = weft.end(SIGKILL)
  }

  @Test func whatWasPlayedIsInAFileThatIsWhole() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "weft-record-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func path(_ name: String) -> String { folder.appending(path: name).path }
    let weft = try PlayingWeft()
    _ = try weft.send("/patch/create", "osc", "sine")
    _ = try weft.send("/patch/commit")
    #expect(try weft.send("/record/start", path("a.wav")).status == 0)
    #expect(try weft.send("/record/start", path("b.wav")).status == 1)
    usleep(300_000)
    #expect(try weft.send("/record/stop").status == 0)
    #expect(try eventually { try weft.send("/record/last", "0.2", path("c.flac")).status == 0 })
    #expect(try weft.send("/record/last", "0.2", path("c.flac")).output.contains("duplicate"))
    #expect(try weft.send("/record/start", "/no/such/folder/a.wav").output.contains("unwritable"))
    #expect(try weft.send("/record/start", path("a.xyz")).output.contains("wav"))
    // An active recording is completed when the program ends.
    #expect(try weft.send("/record/start", path("d.wav")).status == 0)
    usleep(100_000)
    #expect(weft.end(SIGTERM).status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.wav", "c.flac", "d.wav"])
  }

  /// The file header is updated every second.
  @Test func whatAKilledRunHadRecordedCanBeRead() throws {
    let take = FileManager.default.temporaryDirectory.appending(path: "weft-take-\(UUID().uuidString).wav").path
    // Another start with the same state finishes it.
    let weft = try PlayingWeft(environment: ["XDG_STATE_HOME": take + ".state"])
    defer { try? FileManager.default.removeItem(atPath: take + ".state") }
    _ = try weft.send("/patch/create", "osc", "sine")
    _ = try weft.send("/patch/commit")
    #expect(try weft.send("/record/start", take).status == 0)
    let partial = take + ".part"
    defer { unlink(partial) }
    #expect(eventually { ((try? Sound(path: partial))?.frames ?? 0) >= 48_000 })
    _ = weft.end(SIGKILL)
    let sound = try Sound(path: partial).channels[0]
    #expect(sound.count >= 48_000 && loudest(sound) > 0.4)
  }
}
