import Control
import TestSupport

/// Requests that are well formed and make no sense; each must be answered. The corpus is not needed.
final class CommandTarget: FuzzTarget {
  static let name = "commands"
  static let sequence = 200
  private var grammar: CommandGrammar
  private let folder: String
  private var session: FuzzSession
  private var count = 0

  init(seed: UInt64, corpus: [[UInt8]], folder: String) throws {
    grammar = CommandGrammar(seed: seed)
    self.folder = folder
    session = try FuzzSession(folder: folder)
  }

  func next() -> [UInt8] {
    while true { if let bytes = try? grammar.message().encoded() { return bytes } }
  }

  func run(_ input: [UInt8]) throws -> Bool {
    if count % CommandTarget.sequence == 0 { session = try FuzzSession(folder: folder) }
    count += 1
    // An id may be one that no address can hold.
    guard case .message(let message)? = try? OSCPacket(input) else { return false }
    let failures = session.session.failureCount
    try session.perform(message)
    return session.session.failureCount == failures
  }
}
