import CommandParser
import Control
/// The help texts, from the table.
enum Help {
  static var program: String {
    var lines = paragraph("\(CommandLineTable.program) \(Version.version): \(CommandLineTable.summary)") + [""]
    lines += wrapped("Usage: \(CommandLineTable.program) COMMAND [OPTION…] [ARGUMENT…]", indent: 7, first: 0)
    lines += ["", "Commands:"]
    lines += columns(CommandLineTable.commands.map { ($0.name, $0.summary) })
    lines += ["", "Topics of \(CommandLineTable.program) help:"]
    lines += columns(HelpTopic.allCases.map { ($0.rawValue, $0.summary) })
    lines += ["", "Options:"]
    lines += columns([
      ("-h, --help", "Show this help; after a command: its help"), ("    --version", "Show the version"),
    ])
    lines.append("")
    lines += paragraph(
      "Exit status: " + CommandLineTable.exitCodes.map { "\($0.rawValue) \($1)" }.joined(separator: ", ") + ".")
    return lines.joined(separator: "\n")
  }

  static func text(for command: CommandSpec) -> String {
    var lines = wrapped("Usage: " + usage(of: command), indent: 7, first: 0) + [""] + paragraph(command.summary + ".")
    for detail in command.details { lines += paragraph(detail) }
    if !command.arguments.isEmpty {
      lines += ["", "Arguments:"] + columns(command.arguments.map { ($0.name, $0.summary) })
    }
    lines += ["", "Options:"] + columns(command.allOptions.map { (label($0), summary($0)) })
    if !command.examples.isEmpty { lines += ["", "Examples:"] + command.examples.map { "  " + $0 } }
    return lines.joined(separator: "\n")
  }

  static func usage(of command: CommandSpec) -> String {
    var words = [CommandLineTable.program, command.name]
    if !command.options.isEmpty { words.append("[OPTION…]") }
    for argument in command.arguments {
      let name = argument.name + (argument.repeats ? "…" : "")
      words.append(argument.isRequired ? name : "[\(name)]")
    }
    return words.joined(separator: " ")
  }

  static func label(_ option: OptionSpec) -> String {
    (option.letter.map { "-\($0), " } ?? "    ") + "--" + option.name + (option.value.map { " " + $0.name } ?? "")
  }

  static func summary(_ option: OptionSpec) -> String {
    var text = option.summary
    if case .choice(let names) = option.value?.rule { text += ": " + listed(names, "or") }
    if let value = option.value?.defaultText { text += " (default \(value))" }
    return text
  }

  private static func paragraph(_ text: String) -> [String] { wrapped(text, indent: 0, first: 0) }

  /// Two columns, the second wrapped; on a narrow terminal one below the other.
  static func columns(_ rows: [(String, String)]) -> [String] { self.rows(rows).flatMap { $0 } }

  /// The lines of each row of two columns.
  static func rows(_ rows: [(String, String)]) -> [[String]] {
    if Console.columns < 60 {
      return rows.map { left, right in ["  " + left] + (right.isEmpty ? [] : wrapped(right, indent: 6, first: 6)) }
    }
    let width = (rows.map(\.0.count).max() ?? 0) + 4
    return rows.map { left, right in
      var lines = wrapped(right, indent: width, first: width)
      lines[0] = "  " + left + String(lines[0].dropFirst(left.count + 2))
      return lines
    }
  }

  static func wrapped(_ text: String, indent: Int, first: Int) -> [String] {
    var lines: [String] = []
    var line = String(repeating: " ", count: first)
    var isEmpty = true
    for word in text.split(separator: " ") {
      if !isEmpty && line.count + 1 + word.count > Console.columns {
        lines.append(line)
        line = String(repeating: " ", count: indent)
        isEmpty = true
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return lines + [line]
  }
}
