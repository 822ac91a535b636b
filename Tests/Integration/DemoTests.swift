import Foundation
import PatchKit
import SoundFiles
import TestSupport
import Testing

/// The demos and the cookbook: every patch is valid, is heard, and does not clip.
@Suite struct DemoTests {
  private static func names(_ folder: String, _ ending: String) -> [String] {
    let files = try? FileManager.default.contentsOfDirectory(
      atPath: PatchesTests.root.appending(path: folder).path)
    return (files ?? []).filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
  }
  static let scores = names("demos", ".score"), recipes = names("cookbook", ".json")

  /// Renders a patch with the score or the MIDI file of its name, and checks its level.
  private func render(_ name: String, seconds: Int, _ words: [String] = []) throws {
    let files = try ExampleFiles(), path = PatchesTests.root.appending(path: name).path
    var words = ["render", path + ".json", "-o", files["out.wav"], "--seconds", "\(seconds)"] + words
    if FileManager.default.fileExists(atPath: path + ".score") { words += ["--score", path + ".score"] }
    if FileManager.default.fileExists(atPath: path + ".mid") { words += ["--midi", path + ".mid"] }
    let run = try WeftProcess.run(words)
    #expect(run.status == 0 && !run.errors.contains("warning"), "\(name): \(run.errors)")
    let channels = try Sound(path: files["out.wav"]).channels
    let peak = channels.map(loudest).max()!
    #expect(peak < 1 && peak > 0.1, "\(name): peak \(peak)")
    let match = try #require(run.errors.firstMatch(of: /, (-?[0-9.]+) LUFS/), "\(run.errors)")
    #expect(Double(match.1)! > -32, "\(name): \(match.1) LUFS")
  }

  @Test func fourDemosAndTwentyRecipesExist() throws {
    #expect(Self.scores == ["evolution", "techno", "tour"] && Self.names("demos", ".mid") == ["song"])
    #expect(Self.recipes.count == 20)
    #expect(try WeftProcess.run("demo", "--names").output == "tour\nevolution\nsong\ntechno\n")
    #expect(try WeftProcess.run("demo", "techo").errors.contains("did you mean techno"))
  }

  @Test(arguments: [("tour", 60), ("techno", 38), ("evolution", 46), ("song", 40)])
  func demoSoundsAndDoesNotClip(name: String, seconds: Int) throws { try render("demos/\(name)", seconds: seconds) }

  @Test(arguments: recipes) func recipeSoundsAndDoesNotClip(name: String) throws {
    let files = try ExampleFiles()
    try #require(
      try WeftProcess.run("render", files.sine, "-o", files["tone.wav"], "--seconds", "4").status == 0)
    try render("cookbook/\(name)", seconds: 4, name == "effect" ? ["--input", files["tone.wav"]] : [])
  }

  @Test(arguments: recipes) func recipeIsInTheCookbookPage(name: String) throws {
    let page = try WeftProcess.run("help", "--markdown", "cookbook").output
    #expect(page.contains("weft play cookbook/\(name)"))
    #expect(try WeftProcess.run("check", "cookbook/\(name)").status == 0)
  }

  /// Commands are printed as they act; Ctrl-C ends a demo.
  @Test func demoPrintsItsCommands() throws {
    let weft = try PlayingWeft(root: nil, command: "demo", ["tour"])
    #expect(eventually(within: 60) { weft.messages.contains("/mod/filt/cutoff 2500.0 4.0") })
    #expect(weft.messages.contains("A saw, a filter") && !weft.messages.contains("/patch/undo"))
    #expect(weft.end(SIGTERM).status == 0)
  }
}
