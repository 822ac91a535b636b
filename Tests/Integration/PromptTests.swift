import Foundation
import TestSupport
import Testing

/// `weft repl` without a terminal, and `weft watch`.
@Suite(.serialized) struct PromptTests {
  @Test func replAnswersEachLineInOrder() throws {
    let weft = try PlayingWeft()
    let lines = """
      /patch/create osc sine
      /patch/commit

      /mod/osc/frequency 330
      /mod/osc/frequency
      /mod/osc/frequncy 3
      /patch/create osc sine
      not an address
      """
    let result = try WeftProcess.run("repl", "--osc", "\(weft.port)", input: lines)
    let heads = result.output.split(separator: "\n").map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
    #expect(
      heads.prefix(6) == [
        "/done /patch/create", "/done /patch/commit", "/done /mod/osc/frequency", "/done /mod/osc/frequency",
        "/fail /mod/osc/frequncy", "/fail /patch/create",
      ], "\(result.output)\(result.errors)")
    #expect(result.status != 0)
    #expect(weft.end(SIGTERM).status == 0)
  }

  @Test func watchPrintsTheRequestedTopics() throws {
    let weft = try PlayingWeft()
    func watch(_ topics: [String]) throws -> (Process, URL) {
      let log = FileManager.default.temporaryDirectory.appending(path: "weft-watch-\(UUID().uuidString)")
      _ = FileManager.default.createFile(atPath: log.path, contents: nil)
      let process = Process()
      process.executableURL = WeftProcess.program
      process.arguments = ["watch", "--osc", "\(weft.port)"] + topics
      process.standardOutput = try FileHandle(forWritingTo: log)
      process.standardError = FileHandle.nullDevice
      try process.run()
      return (process, log)
    }
    func text(_ log: URL) -> String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
    let watches = [try watch([]), try watch(["others"])]
    defer {
      for (process, log) in watches {
        process.terminate()
        try? FileManager.default.removeItem(at: log)
      }
    }
    // Wait until both have subscribed.
    _ = try weft.send("/patch/create", "osc", "sine")
    #expect(
      eventually {
        _ = try? weft.send("/patch/commit")
        _ = try? weft.send("/nonsense")
        return text(watches[0].1).contains("/notify/commit") && text(watches[1].1).contains("/notify/error")
      })
    _ = try weft.send("/mod/osc/frequency", "300.0")
    #expect(eventually { text(watches[0].1).contains("/notify/param osc frequency 300.0") }, "\(text(watches[0].1))")
    #expect(text(watches[0].1).contains("/notify/error"))
    #expect(!text(watches[1].1).contains("/notify/commit") && !text(watches[1].1).contains("/notify/param"))
    #expect(weft.end(SIGTERM).status == 0)
  }
}
