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

  private static func text() throws -> String {
    try String(contentsOf: root.appendingPathComponent("Sources/README.md"), encoding: .utf8)
  }

  /// The text under a heading.
  private static func section(_ heading: String) throws -> Substring {
    let text = try text()
    let start = try #require(text.range(of: "## \(heading)\n"), "no heading \(heading)").upperBound
    let end = text.range(of: "\n## ", range: start..<text.endIndex)?.lowerBound ?? text.endIndex
    return text[start..<end]
  }

  private static func lines(of path: String) throws -> Int {
    try String(contentsOf: root.appendingPathComponent("Sources/\(path)"), encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false
    ).count - 1
  }

  /// At most 25 files from the packet to the sound and the reply.
  @Test func theWalkOfACommitHasAtMostTwentyFiveFiles() throws {
    let steps = try Self.text().matches(of: /(?m)^\| (\d+) \| `/).compactMap { Int($0.1) }
    #expect(steps == Array(1...steps.count) && (10...25).contains(steps.count), "\(steps)")
  }

  @Test(arguments: [("one sample of a voice", 12), ("a MIDI note", 10), ("a parameter", 12)])
  func walksThroughTheEngineAreShort(of what: String, most: Int) throws {
    let section = try Self.section("The walk of \(what)")
    let steps = section.matches(of: /(?m)^(\d+)\. `([A-Za-z+\/]+\.swift)`/)
    let numbers = steps.compactMap { Int($0.1) }
    #expect(numbers == Array(1...numbers.count) && (5...most).contains(numbers.count), "\(numbers)")
    #expect(Set(steps.map(\.2)).count == steps.count, "a file is named twice")
  }

  /// At most 600 lines in five files, in the reading order that `AudioState.swift` names, too.
  @Test func theAudioPathReadsInOneSitting() throws {
    let files = try Self.section("The audio path").matches(of: /(?m)^\| `([A-Za-z+\/]+\.swift)`/).map { String($0.1) }
    #expect((3...5).contains(files.count), "\(files)")
    let count = try files.reduce(0) { $0 + (try Self.lines(of: $1)) }
    #expect(count <= 600, "\(count) lines")
    let head = try String(
      contentsOf: Self.root.appendingPathComponent("Sources/Engine/Audio/AudioState.swift"), encoding: .utf8)
    let order = head.matches(of: /(?m)^\/\/ \d\. ([A-Za-z+]+\.swift)/).map { String($0.1) }
    #expect(order == files.map { ($0 as NSString).lastPathComponent })
  }

  @Test func theEngineHasFewShortFiles() throws {
    let folder = Self.root.appendingPathComponent("Sources/Engine")
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
    #expect(names.count <= 60, "\(names.count) files")
    for name in names {
      let count = try Self.lines(of: "Engine/\(name)")
      #expect(count <= 250, "\(name) has \(count) lines")
    }
  }

  /// At least thirteen of fifteen questions are answered by the name of a file or folder.
  @Test func firstGuessesAreFoundByName() throws {
    let rows = try Self.section("First guesses").matches(of: /(?m)^\| .+\? \| (\w+) \| `([A-Za-z+\/.]+)` \|$/)
    #expect(rows.count == 15)
    for row in rows {
      let path = Self.root.appendingPathComponent("Sources/\(row.2)").path
      #expect(FileManager.default.fileExists(atPath: path), "Sources/README.md names \(row.2)")
    }
    let found = rows.filter { row in
      row.2.split(separator: "/").last!.lowercased().contains(row.1.lowercased())
    }
    #expect(found.count >= 13, "\(found.map(\.1))")
  }
}
