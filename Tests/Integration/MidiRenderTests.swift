import Foundation
import Hosts
import SoundFiles
import TestSupport
import Testing

/// `weft render --midi`: the notes of a file, each at its sample.
@Suite struct MidiRenderTests {
  private let files: ExampleFiles
  private let patch: String

  init() throws {
    files = try ExampleFiles()
    patch = try files.write(
      """
      { "weft": 1, "voices": 4,
        "nodes": {
          "env": { "type": "adsr", "params": { "attack": 0.001, "decay": 0.01, "release": 0.01, "sustain": 1 } },
          "keys": { "type": "notes" }, "osc": { "type": "sine", "params": { "frequency": 440, "gain": 0.5 } },
          "out": { "type": "output" }, "vca": { "type": "gain" } },
        "cables": [ ["keys/pitch", "osc/frequency"], ["keys/gate", "env/gate"], ["osc", "vca"], ["env", "vca/gain"],
          ["vca", "out"] ] }
      """, to: "organ.json")
  }

  private func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: files[name]))
    return files[name]
  }
  private func render(_ words: String...) throws -> WeftProcess { try WeftProcess.run(["render", "-q"] + words) }

  @Test func renderedMidiNotesAreSampleAccurate() throws {
    let song = try write(
      MidiBytes.file(
        format: 0, ticksPerBeat: 1_000,
        [
          MidiBytes.track([
            (501, [0x90, 57, 127]), (999, [0x80, 57, 0]), (0, MidiBytes.tempo(microseconds: 250_000)),
            (1_000, [0x90, 69, 127]), (2_000, [0x80, 69, 0]),
          ])
        ]), to: "song.mid")
    #expect(try render(patch, "-o", files["a.wav"], "--midi", song).status == 0)
    #expect(try render(patch, "-o", files["b.wav"], "--midi", song, "--period", "77").status == 0)
    let a = try Sound(path: files["a.wav"]).channels[0], b = try Sound(path: files["b.wav"]).channels[0]
    // 0.75 s and half a beat of it less: the file's 1.5 s, the release, and half a second of silence.
    #expect((96_000...100_000).contains(a.count) && b.count == a.count, "\(a.count)")
    #expect(loudest(zip(a, b).map { $0 - $1 }) <= 1e-6)
    // 501 ticks of half a millisecond.
    let first = try #require(a.firstIndex { $0 != 0 })
    #expect((12_024...12_026).contains(first), "\(first)")
    let second = try #require(a[40_000...].firstIndex { $0 != 0 })
    #expect((48_000...48_002).contains(second), "\(second)")
    #expect(abs(pitch(of: Array(a[14_000..<34_000])) - 220) < 0.5)
    #expect(abs(pitch(of: Array(a[49_000..<71_000])) - 440) < 0.5)
    #expect(loudest(a[74_000...]) == 0)
  }

  /// The tempo map of the file drives the session's clock, and with it `clock` modules and `/at`.
  @Test(arguments: ["session", "file"]) func clockFollowsTheTemposOfTheFile(_ follow: String) throws {
    let patch = try files.write(
      """
      { "weft": 2, "nodes": {
          "t": { "type": "clock", "params": { "division": 1, "follow": "\(follow)" } }, "out": { "type": "output" } },
        "cables": [ ["t/pulse", "out/left"] ] }
      """, to: "clock.json")
    // Beats of 0.5 s; from the second one of 0.25 s; from the fourth one of 1 s.
    let song = try write(
      MidiBytes.file(
        format: 0, ticksPerBeat: 960,
        [
          MidiBytes.track([
            (1_920, MidiBytes.tempo(microseconds: 250_000)), (1_920, MidiBytes.tempo(microseconds: 1_000_000)),
            (1_920, [0x90, 60, 1]),
          ])
        ]), to: "tempos.mid")
    for period in ["64", "1000"] {
      let run = try render(patch, "-o", files["t.wav"], "--midi", song, "--seconds", "3.2", "--period", period)
      #expect(run.status == 0, "\(run.errors)")
      let sound = try Sound(path: files["t.wav"]).channels[0]
      let beats = sound.indices.filter { sound[$0] > 0.5 && ($0 == 0 || sound[$0 - 1] <= 0.5) }
      #expect(beats == [0, 24_000, 48_000, 60_000, 72_000, 120_000], "\(beats)")
    }
  }

  @Test func damagedMidiFileIsNamed() throws {
    let damaged = try write(
      Array(MidiBytes.file(format: 0, ticksPerBeat: 96, [MidiBytes.track([])]).dropLast(4)), to: "bad.mid")
    let run = try render(patch, "-o", files["x.wav"], "--midi", damaged)
    #expect(run.status != 0 && run.errors.contains("bad.mid") && run.errors.contains("can be played"), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: files["x.wav"]))
    let missing = try render(patch, "-o", files["x.wav"], "--midi", files["nowhere.mid"])
    #expect(missing.status != 0 && missing.errors.contains("nowhere.mid"), "\(missing.errors)")
  }

  @Test func patchWithoutNotesNodeIsReported() throws {
    let song = try write(
      MidiBytes.file(format: 0, ticksPerBeat: 96, [MidiBytes.track([(0, [0x90, 60, 1]), (9, [0x80, 60, 1])])]),
      to: "song.mid")
    let run = try WeftProcess.run("render", files.sine, "-o", files["x.wav"], "--midi", song)
    #expect(run.status == 1 && run.errors.contains("no node receives notes"), "\(run.errors)")
  }
}
