import Foundation
import Testing

/// `Sources/README.md` names files that exist.
@Suite struct SourcesReadmeTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func everyFileNamedInTheSourcesReadmeExists() throws {
    let sources = Self.root.appendingPathComponent("Sources")
    let text = try String(contentsOf: sources.appendingPathComponent("README.md"), encoding: .utf8)
    let names = Set(text.matches(of: /`([A-Za-z+\/]+\.swift)`/).map { String($0.1) })
    #expect(names.count > 50)
    for name in names.sorted() {
      let folder = name.hasPrefix("Modules/") ? Self.root : sources
      let path = folder.appendingPathComponent(name).path
      #expect(FileManager.default.fileExists(atPath: path), "Sources/README.md names \(name)")
    }
  }

  /// At most 25 files from the packet to the sound and the reply.
  @Test func theWalkOfACommitHasAtMostTwentyFiveFiles() throws {
    let text = try String(contentsOf: Self.root.appendingPathComponent("Sources/README.md"), encoding: .utf8)
    let steps = text.matches(of: /(?m)^\| (\d+) \| `/).compactMap { Int($0.1) }
    #expect(steps == Array(1...steps.count) && (10...25).contains(steps.count), "\(steps)")
  }
}
