import Foundation
import SoundFiles
import TestSupport
import Testing

/// The report of `weft render` on a sound, and the options for its level and its end.
@Suite struct RenderReportTests {
  private let files: ExampleFiles

  init() throws {
    files = try ExampleFiles()
    try files.write(
      """
      { "weft": 1, "nodes": { "a": { "type": "sine", "params": { "frequency": 1000, "gain": 1 } },
          "b": { "type": "sine", "params": { "frequency": 300, "gain": 1 } },
          "one": { "type": "output" }, "two": { "type": "output" } },
        "cables": [ ["a", "one", 1], ["b", "two", 1] ] }
      """, to: "loud.json")
    try files.write(
      """
      { "weft": 1, "nodes": { "hit": { "type": "sine" }, "env": { "type": "ar" }, "keys": { "type": "notes" },
          "vca": { "type": "gain" }, "out": { "type": "output" } },
        "cables": [ ["hit", "vca"], ["env", "vca/gain"], ["keys/gate", "env/gate"], ["vca", "out"] ] }
      """, to: "hit.json")
    try files.write("0 /note/on A4 0.8\n0.2 /note/off A4\n", to: "hit.score")
  }

  private func render(_ words: String...) throws -> WeftProcess { try WeftProcess.run(["render"] + words) }
  private func sound(_ name: String) throws -> [Float] { try Sound(path: files[name]).channels[0] }

  @Test func renderReportsLengthPeakAndLoudness() throws {
    let run = try render(files.sine, "-o", files["a.wav"], "--seconds", "2")
    let peak = loudest(try sound("a.wav"))
    let decibels = (20 * log10(Double(peak)) * 10).rounded() / 10
    #expect(run.errors.contains("2.00 s, peak \(decibels) dBFS") && run.errors.contains("LUFS"), "\(run.errors)")
    let silent = try files.write(#"{ "weft": 1, "nodes": { "out": { "type": "output" } } }"#, to: "none.json")
    #expect(try render(silent, "-o", files["b.wav"]).errors.contains("is silent"))
  }

  @Test func renderReportsClippedSamplesOfIntegerFormatsWithTheRemedy() throws {
    let run = try render(files["loud.json"], "-o", files["a.flac"], "--seconds", "0.5")
    #expect(run.status == 0 && run.errors.contains("are clipped") && run.errors.contains("--peak"), "\(run.errors)")
    let float = try render(files["loud.json"], "-o", files["a.wav"], "--seconds", "0.5")
    #expect(!float.errors.contains("clipped"))
    let whole = try sound("a.wav"), cut = try sound("a.flac")
    #expect(loudest(whole) > 1.5 && loudest(cut) <= 1)
    let level = try render(files["loud.json"], "-o", files["b.flac"], "--seconds", "0.5", "--peak", "-6")
    #expect(!level.errors.contains("clipped") && level.errors.contains("peak -6.0 dBFS"), "\(level.errors)")
    #expect(abs(loudest(try sound("b.flac")) - 0.501_187) < 1e-5)
  }

  @Test func renderDithersBeforeRounding() throws {
    let quiet = try files.write(
      """
      { "weft": 1, "nodes": { "a": { "type": "sine", "params": { "frequency": 1000, "gain": 0.00002 } },
          "out": { "type": "output" } }, "cables": [ ["a", "out"] ] }
      """, to: "quiet.json")
    for (name, words) in [("plain.wav", [String]()), ("dither.wav", ["--dither"])] {
      let run = try WeftProcess.run(
        ["render", quiet, "-o", files[name], "--seconds", "1", "--bits", "16"] + words)
      #expect(run.status == 0, "\(run.errors)")
    }
    // Two thirds of a step: rounded to a square wave, or a sine in noise.
    let third = 3_000.0 / 48_000 * 2 * .pi
    func level(_ sound: [Float]) -> Double {
      var sum = (0.0, 0.0)
      for i in sound.indices {
        sum.0 += Double(sound[i]) * sin(third * Double(i))
        sum.1 += Double(sound[i]) * cos(third * Double(i))
      }
      return (sum.0 * sum.0 + sum.1 * sum.1).squareRoot() / Double(sound.count) * 2 * 32_768
    }
    #expect(level(try sound("plain.wav")) > 0.1)
    #expect(level(try sound("dither.wav")) < 0.03)
    #expect(try render(quiet, "-o", files["x.flac"], "--bits", "32").status == 2)
  }

  @Test func renderEndsWhenItIsSilent() throws {
    let words = ["render", files["hit.json"], "--score", files["hit.score"], "--until-silent"]
    #expect(try WeftProcess.run(words + ["-o", files["a.wav"]]).status == 0)
    #expect(try WeftProcess.run(words + ["-o", files["b.wav"], "--period", "77"]).status == 0)
    let a = try sound("a.wav"), b = try sound("b.wav")
    #expect(a.count == b.count)
    let last = try #require(a.lastIndex { $0.magnitude > 3.17e-5 })
    #expect(abs(a.count - last - 24_000) <= 2 && last > 9_600, "\(a.count) \(last)")
    // A sound that never falls silent ends 60 s after the last event at the latest, or with --seconds.
    #expect(try render(files.sine, "-o", files["c.wav"], "--until-silent", "--seconds", "1").status == 0)
    #expect(try sound("c.wav").count == 48_000)
  }

  @Test func stemsAddUpToTheWhole() throws {
    let run = try render(files["loud.json"], "-o", files["s.wav"], "--seconds", "0.2", "--stems", "all")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try render(files["loud.json"], "-o", files["all.wav"], "--seconds", "0.2").status == 0)
    let one = try sound("s.one.wav"), two = try sound("s.two.wav"), all = try sound("all.wav")
    #expect(loudest(all.indices.map { one[$0] + two[$0] - all[$0] }) < 1e-6)
    #expect(abs(pitch(of: one) - 1_000) < 0.5 && abs(pitch(of: two) - 300) < 0.5)
    #expect(try render(files["loud.json"], "-o", files["n.wav"], "--seconds", "0.2", "--stems", "b").status == 0)
    #expect(try sound("n.b.wav") == two)
    let wrong = try render(files["loud.json"], "-o", files["n.wav"], "--stems", "c")
    #expect(wrong.status == 3 && wrong.errors.contains("c"), "\(wrong.errors)")
  }
}
