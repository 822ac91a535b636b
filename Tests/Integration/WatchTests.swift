import Control
import Foundation
import TestSupport
import Testing

/// `--watch`: whichever way a patch file is saved, and whatever is put in its place.
@Suite(.serialized) struct WatchTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.path + "/" + name }
  private func write(_ nodes: Int, to name: String) throws {
    let text =
      "{ \"weft\": 1, \"nodes\": { "
      + (0..<nodes).map { "\"n\($0)\": { \"type\": \"sine\" }" }.joined(separator: ", ") + " }, \"cables\": [] }"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
  }
  private func nodes(_ weft: PlayingWeft) throws -> Int {
    try weft.send("/patch/nodes").output.split(separator: "\n").count - 1
  }
  private func expectNodes(_ count: Int, _ weft: PlayingWeft, _ location: SourceLocation = #_sourceLocation) throws {
    #expect(try eventually { try nodes(weft) == count }, "\(weft.messages)", sourceLocation: location)
  }

  /// Edited in place, through the link, with another file moved over it, and with the link led elsewhere.
  @Test func aPatchBehindLinksIsReadAgain() throws {
    mkdir(path("real"), 0o755)
    mkdir(path("other"), 0o755)
    try write(1, to: "real/a.json")
    symlink("real", path("current"))
    symlink("current/a.json", path("patch.json"))
    let weft = try PlayingWeft(path("patch.json"), root: nil, ["--watch"])
    try expectNodes(1, weft)
    try write(2, to: "real/a.json")
    try expectNodes(2, weft)
    try write(3, to: "patch.json")
    try expectNodes(3, weft)
    try write(4, to: "real/b.json")
    rename(path("real/b.json"), path("real/a.json"))
    try expectNodes(4, weft)
    try write(5, to: "other/a.json")
    symlink("other", path("next"))
    rename(path("next"), path("current"))
    try expectNodes(5, weft)
    // The folder that it leads to now is watched.
    try write(6, to: "other/a.json")
    try expectNodes(6, weft)
    try write(7, to: "b.json")
    rename(path("b.json"), path("patch.json"))
    try expectNodes(7, weft)
    #expect(weft.end(SIGTERM).status == 0)
    for name in ["real/a.json", "other/a.json"] { unlink(path(name)) }
  }

  /// A pipe in place of the patch is refused, not waited for; clients are notified.
  @Test(.timeLimit(.minutes(2))) func aPipeInPlaceOfThePatchIsRefused() throws {
    try write(1, to: "patch.json")
    let weft = try PlayingWeft(path("patch.json"), root: nil, ["--watch"])
    let client = try OSCCaller(port: weft.port)
    guard case .done = try client.call(OSCMessage("/notify", ["on", "error"])) else {
      Issue.record("no answer")
      return
    }
    mkfifo(path("pipe"), 0o600)
    rename(path("pipe"), path("patch.json"))
    let error = try client.next(before: .max)
    #expect(error?.address == "/notify/error" && error?.arguments.count == 7)
    #expect(error?.arguments[0] == "unreadable" && error?.arguments[2] == 0 && error?.arguments[3] == "--watch")
    try expectNodes(1, weft)
    try write(2, to: "b.json")
    rename(path("b.json"), path("patch.json"))
    try expectNodes(2, weft)
    #expect(weft.end(SIGTERM).status == 0)
  }

  /// Commands that are run once read pipes.
  @Test func checkReadsStandardInput() throws {
    let text = "{ \"weft\": 1, \"nodes\": { \"a\": { \"type\": \"sine\" } }, \"cables\": [] }"
    #expect(try WeftProcess.run("check", "-", input: text).status == 0)
    #expect(try WeftProcess.run("check", "/dev/stdin", input: text).status == 0)
    #expect(try WeftProcess.run("check", "-", input: "{").status == 3)
    #expect(try WeftProcess.run("plan", "-", input: text).output.contains("a"))
  }
}
