import Foundation
import Testing

/// Unsafe pointers of the engine are fenced: only the files of `Sources/Engine/Memory` spell them.
@Suite struct FenceTests {
  private static let engine = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Sources/Engine")

  /// The fence. Another file is added only where no conversion in one of these will do.
  private static let fence: Set = [
    "Memory/HostChannels.swift", "Memory/RawMemory.swift", "Memory/Row.swift", "Memory/Signals.swift",
  ]

  private static func code(of name: String) throws -> String {
    let text = try String(contentsOf: engine.appendingPathComponent(name), encoding: .utf8)
    return text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n")
  }

  @Test func unsafePointersOfTheEngineAreSpelledInTheFenceOnly() throws {
    let names = try FileManager.default.subpathsOfDirectory(atPath: Self.engine.path).filter { $0.hasSuffix(".swift") }
    #expect(names.count > 40)
    for name in names where !Self.fence.contains(name) {
      let found = try Self.code(of: name).firstMatch(of: /[uU]nsafe[A-Z]\w*/)
      #expect(found == nil, "\(name) spells \(found?.0 ?? "")")
    }
  }

  @Test func everyFileOfTheFenceNeedsToBeThere() throws {
    for name in Self.fence {
      #expect(try Self.code(of: name).contains(/[uU]nsafe[A-Z]/), "\(name) spells no unsafe pointer")
    }
  }
}
