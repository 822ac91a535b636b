import Control
import TestSupport

/// Well-formed, meaningless requests; each must be answered. The corpus is not used.
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
    // An id may be impossible in an address.
    guard case .message(let message)? = try? OSCPacket(input) else { return false }
    let failures = session.session.failureCount
    try session.perform(message)
    return session.session.failureCount == failures
  }
}
