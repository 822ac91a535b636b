import Foundation
import SoundFiles
import TestSupport
import Testing

/// Names of recordings: one owner each, and nothing that was recorded is overwritten.
@Suite(.serialized) struct RecordingNameTests {
  private let folder: TemporaryFolder
  /// Apart from other tests, whose programs would finish the recordings.
  private let state: TemporaryFolder
  init() throws {
    folder = try TemporaryFolder()
    state = try TemporaryFolder()
  }
  private func path(_ name: String) -> String { folder.path + "/" + name }

  private func playing() throws -> PlayingWeft {
    let weft = try PlayingWeft(environment: ["XDG_STATE_HOME": state.path])
    _ = try weft.send("/patch/create", "osc", "sine")
    _ = try weft.send("/patch/commit")
    return weft
  }

  @Test func aRecordingOfAKilledRunIsRescued() throws {
    let take = path("take.wav")
    for round in 1...2 {
      let weft = try playing()
      #expect(try weft.send("/record/start", take).output.contains(take))
      #expect(eventually { ((try? Sound(path: take + ".part"))?.frames ?? 0) >= 24_000 })
      _ = weft.end(SIGKILL)
      if round == 2 { #expect(folder.names == ["take.rescued-1.wav", "take.wav.part"]) }
    }
    let weft = try playing()
    #expect(try weft.send("/record/start", take).status == 0)
    #expect(weft.messages.contains("take.rescued-2.wav"))
    // Another program does not take the recording for one that was left.
    let other = try playing()
    #expect(try other.send("/record/start", take).output.contains("busy"))
    #expect(try weft.send("/record/last", "0.2", take).output.contains("busy"))
    #expect(try weft.send("/record/stop").output.contains(take))
    #expect(folder.names == ["take.rescued-1.wav", "take.rescued-2.wav", "take.wav"])
    for name in folder.names.prefix(2) { #expect(try Sound(path: path(name)).frames >= 24_000) }
  }

  /// The start of any program of this user finishes it, whatever folder it is in.
  @Test func aRecordingOfAKilledRunIsFinishedAtTheNextStart() throws {
    let home = ["XDG_STATE_HOME": state.path], takes = ["take.wav", "take.flac"].map(path)
    for take in takes {
      let killed = try PlayingWeft(environment: home)
      _ = try killed.send("/patch/create", "osc", "sine")
      _ = try killed.send("/patch/commit")
      #expect(try killed.send("/record/start", take).status == 0)
      #expect(eventually { fileSize(take + ".part") > 100_000 })
      // Another start leaves a recording that still runs alone.
      let other = try PlayingWeft(environment: home)
      #expect(!other.messages.contains(take.split(separator: "/").last!.replacing(".", with: ".rescued-1.")))
      _ = killed.end(SIGKILL)
    }
    let weft = try PlayingWeft(environment: home)
    for name in ["take.rescued-1.wav", "take.rescued-1.flac"] {
      // The first one was finished by the start of the second round.
      if name.hasSuffix("flac") { #expect(eventually { weft.messages.contains(path(name)) }, "\(weft.messages)") }
      #expect(try Sound(path: path(name)).frames >= 12_000)
    }
    #expect(folder.names == ["take.rescued-1.flac", "take.rescued-1.wav"])
    let next = try PlayingWeft(environment: home)
    #expect(!next.messages.contains("rescued"), "\(next.messages)")
  }

  private func fileSize(_ path: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
  }

  /// The end of a recording by the end of the program is no recording that became too long.
  @Test func theEndOfTheProgramIsNoMaximumLength() throws {
    let weft = try playing()
    #expect(try weft.send("/record/start", path("take.wav")).status == 0)
    #expect(weft.end(SIGTERM).status == 0)
    #expect(folder.names == ["take.wav"])
    #expect(!weft.messages.contains("86400") && !weft.messages.contains("longest"))
  }

  @Test func aScoreDoesNotRecordOverItsRendering() throws {
    try Data("{ \"weft\": 1, \"nodes\": { \"a\": { \"type\": \"sine\" } }, \"cables\": [] }".utf8)
      .write(to: URL(fileURLWithPath: path("a.json")))
    let out = path("out.wav")
    try Data("0 /record/start \(out)\n0.2 /record/stop\n".utf8).write(to: URL(fileURLWithPath: path("a.score")))
    let weft = try WeftProcess.run(
      "render", path("a.json"), "-o", out, "--seconds", "0.5", "--score", path("a.score"))
    #expect(weft.status == 1 && weft.errors.contains("being written"))
    #expect(try Sound(path: out).frames == 24_000)
  }
}
