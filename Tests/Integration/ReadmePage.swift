import Foundation

/// The fenced blocks of a Markdown page, and the commands in them.
struct ReadmePage {
  struct Block {
    var language: String
    /// Of its first line of text, from 1.
    var line: Int
    var lines: [String]
    var text: String { lines.joined(separator: "\n") }
  }
  /// One command, with the lines that the page shows after it.
  struct Command {
    var line: Int
    var words: String
    var comment: String
    var shown: [String]
  }

  let blocks: [Block]

  init(_ path: String) throws {
    var blocks: [Block] = [], open: Block?
    for (i, line) in try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n").enumerated() {
      if line.hasPrefix("```") {
        if let block = open {
          blocks.append(block)
          open = nil
        } else {
          open = Block(language: String(line.dropFirst(3)), line: i + 2, lines: [])
        }
      } else {
        open?.lines.append(line)
      }
    }
    self.blocks = blocks
  }

  /// The commands of a block: its lines, or where some begin with `$ ` those, each with what is shown below it.
  static func commands(of block: Block) -> [Command] {
    let isSession = block.lines.contains { $0.hasPrefix("$ ") }
    var commands: [Command] = []
    for (i, text) in block.lines.enumerated() where !text.isEmpty {
      if isSession, !text.hasPrefix("$ ") {
        commands[commands.count - 1].shown.append(text)
        continue
      }
      let line = isSession ? String(text.dropFirst(2)) : text
      let parts = line.split(separator: #/ +# /#, maxSplits: 1)
      commands.append(
        Command(
          line: block.line + i, words: String(parts[0]), comment: parts.count > 1 ? String(parts[1]) : "", shown: []))
    }
    return commands
  }

  /// True if two lines are the same but for times: numbers with more than three decimals.
  static func areAlike(_ shown: String, _ real: String) -> Bool {
    let a = shown.split(separator: " "), b = real.split(separator: " ")
    return a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || isTime($0) && isTime($1) }
  }

  private static func isTime(_ word: Substring) -> Bool { word.wholeMatch(of: #/\d+\.\d{4,}/#) != nil }
}
