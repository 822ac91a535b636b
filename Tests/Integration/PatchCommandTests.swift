import Foundation
import Testing

/// `weft check` and `weft plan`: errors and plans of patches.
@Suite struct PatchCommandTests {
  private let files: ExampleFiles
  private let broken: String

  init() throws {
    files = try ExampleFiles()
    broken = try files.write(
      """
      { "weft": 1,
        "nodes": {
          "osc": { "type": "sime" },
          "filt": { "type": "biquad", "params": { "cutof": 400 } }
        },
        "cables": [ ["filt", "nowhere"] ] }
      """, to: "broken.json")
  }

  @Test func checkAcceptsValidPatches() throws {
    let run = try WeftProcess.run("check", files.sine, files.half)
    #expect(run.status == 0 && run.output.isEmpty, "\(run.errors)")
    #expect(run.errors.contains("sine.json: 2 nodes, 1 cables"))
  }

  @Test func checkWarnsOfTooShortLoop() throws {
    let path = try files.write(
      """
      { "weft": 1,
        "nodes": { "d": { "type": "delay", "params": { "time": 0.00067 } }, "out": { "type": "output" } },
        "cables": [ ["d", "d"], ["d", "out"] ] }
      """, to: "loop.json")
    let run = try WeftProcess.run("check", path)
    #expect(run.status == 0 && run.errors.contains("d/time: a loop of cables takes 66 frames (1.375 ms) at least"))
    let json = try WeftProcess.run("check", "--json", path)
    #expect(json.status == 0 && json.output.contains("longer-loop"))
    #expect(try WeftProcess.run("modules", "delay").output.contains("at least 66 frames"))
  }

  @Test func checkErrorsHaveFileLineColumnAndSuggestion() throws {
    let run = try WeftProcess.run("check", files.sine, broken)
    #expect(run.status == 3)
    let lines = run.errors.split(separator: "\n")
    for (line, name) in [(3, "sine"), (4, "cutoff"), (6, "nowhere")] {
      let notified = lines.first { $0.hasPrefix("\(broken):\(line):") }
      #expect(notified?.contains(name) == true, "\(line): \(run.errors)")
      let column = notified?.dropFirst(broken.count).split(separator: ":").dropFirst().first
      #expect(column.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0 > 0)
    }
  }

  @Test func checkErrorsAsJSON() throws {
    let run = try WeftProcess.run("check", "--json", files.sine, broken)
    #expect(run.status == 3 && run.errors.isEmpty)
    let list = try #require(JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [[String: Any]])
    #expect((list[0]["errors"] as? [Any])?.isEmpty == true)
    let errors = try #require(list[1]["errors"] as? [[String: Any]])
    let type = try #require(errors.first { $0["code"] as? String == "no-such-type" })
    #expect(type["line"] as? Int == 3 && type["column"] as? Int ?? 0 > 0)
    #expect((type["suggestions"] as? [String])?.contains("sine") == true)
  }

  @Test func checkAllowsMissingModules() throws {
    let missing = try files.write(
      #"{ "weft": 1, "nodes": { "a": { "type": "theremin" }, "b": { "type": "sine" } } }"#, to: "missing.json")
    #expect(try WeftProcess.run("check", missing).status == 3)
    #expect(try WeftProcess.run("check", "--allow-missing", missing).status == 0)
  }

  @Test func planShowsTheRenderingOrder() throws {
    let run = try WeftProcess.run("plan", files.sine)
    #expect(run.status == 0 && run.output.contains("osc") && run.output.contains("out"))
    let dot = try WeftProcess.run("plan", "--dot", files.sine)
    #expect(dot.status == 0 && dot.output.hasPrefix("digraph") && dot.output.contains("->"))
    #expect(try WeftProcess.run("plan", broken).status == 3)
  }

  @Test(arguments: [
    ["check", "/nowhere.json"], ["plan", "/nowhere.json"], ["render", "/nowhere.json", "-o", "x.wav"],
  ])
  func aFileThatIsNotThereIsNamed(words: [String]) throws {
    let run = try WeftProcess.run(words)
    #expect(run.status == 3 && run.errors.contains("/nowhere.json"), "\(run.status) \(run.errors)")
  }

  @Test func playRefusesABrokenPatch() throws {
    let run = try WeftProcess.run("play", "--server", "none", "--osc", "\(try freePort())", broken)
    #expect(run.status == 3 && run.errors.contains("sine"))
  }
}

@Suite struct ManualTests {
  private static let mandoc = URL(fileURLWithPath: "/usr/bin/mandoc")

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: mandoc.path)),
    arguments: ["weft", "weft-patch", "weft-osc"])
  func manualPagesPassLint(name: String) throws {
    let page = try WeftProcess.run("man", name).output
    let lint = try WeftProcess.run("-T", "lint", "-W", "warning", program: Self.mandoc, input: page)
    #expect(lint.status == 0, "\(lint.output)")
  }
}
