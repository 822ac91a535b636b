import Foundation
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// The reference pages of `weft help`, and the manual pages.
@Suite struct HelpTopicTests {
  static let topics = [
    "patch-file", "score", "track", "osc", "modules-reference", "cookbook", "from-supercollider", "from-puredata",
    "from-vcv", "from-max",
  ]

  private static func page(_ topic: String) throws -> ReadmePage {
    let run = try WeftProcess.run("help", "--markdown", topic), folder = try TemporaryFolder()
    #expect(run.status == 0, "\(run.errors)")
    try run.output.write(toFile: folder.path + "/page.md", atomically: true, encoding: .utf8)
    return try ReadmePage(folder.path + "/page.md")
  }

  @Test(arguments: topics) func topicIsShownInTheTerminal(_ topic: String) throws {
    let run = try WeftProcess.run("help", topic)
    #expect(run.status == 0 && run.output.count > 400, "\(run.errors)")
    #expect(!run.output.contains("```") && !run.output.contains("|---"))
    #expect(try WeftProcess.run("help", "--names").output.split(separator: "\n").map(String.init) == Self.topics)
    #expect(try WeftProcess.run("--help").output.contains("  \(topic) "))
  }

  @Test(arguments: [
    ("patchfile", "PATCH FILE"), ("pd", "FROM PURE DATA"), ("SuperCollider", "FROM SUPERCOLLIDER"),
    ("vcvrack", "FROM VCV RACK"), ("recipes", "COOKBOOK"),
  ])
  func topicHasOtherNames(word: String, title: String) throws {
    #expect(try WeftProcess.run("help", word).output.hasPrefix(title))
  }

  @Test(arguments: [
    ("cookbok", "did you mean cookbook"), ("scroe", "did you mean score"), ("rendr", "did you mean render"),
    ("lowpass", "weft modules lowpass"), ("zzqx", "no command or topic 'zzqx'"),
  ])
  func unknownTopicNamesTheNearest(word: String, hint: String) throws {
    let run = try WeftProcess.run("help", word)
    #expect(run.status == 2 && run.output.isEmpty && run.errors.contains(hint), "\(run.errors)")
  }

  /// Every example of the pages is checked: patches and tracks by `weft check`, scores by their reader.
  @Test(arguments: ["patch-file", "score", "track"]) func exampleOfThePageIsValid(_ topic: String) throws {
    let files = try ExampleFiles(), page = try Self.page(topic)
    try FileManager.default.createDirectory(atPath: files["tunings"], withIntermediateDirectories: true)
    for name in ["tunings/just.scl", "tunings/white.kbm"] {
      try FileManager.default.copyItem(
        atPath: PatchesTests.root.appending(path: name).path, toPath: files[name])
    }
    var count = 0
    for block in page.blocks where block.language == "json" {
      let run = try WeftProcess.run("check", try files.write(block.text, to: "example.json"))
      #expect(run.status == 0, "\(topic):\(block.line): \(run.errors)")
      count += 1
    }
    for block in page.blocks where block.language == "score" {
      #expect(throws: Never.self) { try Score.read(Array(block.text.utf8)) }
      count += 1
    }
    #expect(count >= 1)
  }

  /// Every key that the reader accepts is in the page, in a table and in an example.
  @Test func patchFilePageHasEveryKey() throws {
    let text = try WeftProcess.run("help", "--markdown", "patch-file").output
    let registry = PatchPlayer.registry
    // A wrong key is refused with the list of the right ones.
    for wrong in [
      #"{"weft": 2, "zz": 1, "nodes": {}}"#, #"{"weft": 2, "nodes": {"a": {"type": "sine", "zz": 1}}}"#,
      #"{"weft": 2, "nodes": {}, "tuning": {"zz": ""}}"#, #"{"weft": 2, "nodes": {}, "midi": {"a/b": {"zz": 1}}}"#,
      #"{"weft": 2, "nodes": {}, "macros": [{"name": "m", "zz": 1}]}"#,
      #"{"weft": 2, "nodes": {}, "macros": [{"name": "m", "targets": [{"zz": 1}]}]}"#,
      #"{"weft": 2, "nodes": {}, "frames": [{"zz": 1}]}"#,
    ] {
      var message = ""
      do { _ = try PatchFile.read(Array(wrong.utf8), in: registry) } catch { message = "\(error)" }
      let list = try #require(message.firstMatch(of: /has no key "zz", only ([a-z, ]+)/)?.1, "\(message)")
      for key in list.split(separator: ", ").map({ $0.trimmingCharacters(in: .whitespaces) }) {
        #expect(text.contains("`\(key)`"), "no \(key) in a table")
        #expect(text.contains("\"\(key)\":"), "no example of \(key)")
      }
    }
  }

  /// Modules named in the comparison tables exist, and units are those of the modules' declarations.
  @Test(arguments: ["from-supercollider", "from-puredata", "from-vcv", "from-max"])
  func comparisonNamesModulesThatExist(_ topic: String) throws {
    let text = try WeftProcess.run("help", "--markdown", topic).output
    let table = try #require(text.range(of: "s and modules\n"))
    let rows = text[table.upperBound...].split(separator: "\n").filter { $0.hasPrefix("| `") }
    #expect(rows.count > 20)
    for row in rows {
      for match in row.split(separator: " | ").last!.matches(of: /`([a-z0-9-]+)`/) {
        #expect(PatchPlayer.registry[String(match.1)] != nil, "\(row)")
      }
    }
  }

  @Test(arguments: [("weft", "WEFT 1"), ("weft-patch", "WEFT-PATCH 5"), ("weft-osc", "WEFT-OSC 7")])
  func manualPageIsWellFormed(name: String, title: String) throws {
    let page = try WeftProcess.run("man", name)
    #expect(page.status == 0 && page.output.contains(".Dt \(title)\n"), "\(page.errors)")
    let lines = page.output.split(separator: "\n")
    for (open, close) in [(".Bl", ".El"), (".Bd", ".Ed")] {
      #expect(lines.filter { $0.hasPrefix(open) }.count == lines.filter { $0.hasPrefix(close) }.count)
    }
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/man") else { return }
    let shown = try WeftProcess.run(
      "-l", "-", program: URL(fileURLWithPath: "/usr/bin/man"), input: page.output)
    #expect(shown.status == 0 && shown.errors.isEmpty && shown.output.contains("DESCRIPTION"), "\(shown.errors)")
  }
}

/// `weft modules WORD`.
@Suite struct ModuleWordTests {
  @Test func wordFindsModulesWithTheirHelpPatches() throws {
    let run = try WeftProcess.run("modules", "lowpass")
    #expect(run.status == 0 && run.output.contains("svf") && run.output.contains("weft play svf"), "\(run.output)")
    #expect(try WeftProcess.run("modules", "moog", "filter").output.contains("ladder"))
    let one = try WeftProcess.run("modules", "svf").output
    #expect(one.contains("weft play svf") && one.contains("SuperCollider") && one.contains("Inputs"))
  }

  @Test func unknownWordNamesTheNearest() throws {
    let run = try WeftProcess.run("modules", "reverbb")
    #expect(run.status == 1 && run.errors.contains("did you mean reverb"), "\(run.errors)")
    #expect(try WeftProcess.run("modules", "zzqx").errors.contains("weft modules lists them all"))
  }

  /// A module that is called otherwise here is suggested by its name.
  @Test func unknownModuleTypeSuggestsWhatIsCalledSo() throws {
    let files = try ExampleFiles()
    let path = try files.write(#"{ "weft": 1, "nodes": { "a": { "type": "bitcrusher" } } }"#, to: "a.json")
    #expect(try WeftProcess.run("check", path).errors.contains("did you mean distortion"))
  }
}
