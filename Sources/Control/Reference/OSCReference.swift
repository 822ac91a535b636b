import PatchKit

/// The OSC reference as Markdown, made from the table of commands, the topics and the error codes.
public enum OSCReference {
  public static var markdown: String {
    (["# Weft: OSC reference", introduction] + commands + topics + codes).joined(separator: "\n\n") + "\n"
  }

  private static let introduction = """
    UDP and TCP (length-prefixed or SLIP) on port 7770, WebSocket on the web port. Each request is answered with \
    `/done ADDRESS …` or `/fail ADDRESS CODE MESSAGE [SUGGESTION…]`. A last argument that begins with `#` is the \
    request's id and is returned as the last argument of every reply. The commands of a bundle form a transaction; its \
    time tag is exact to the sample.
    """

  // MARK: Commands

  private static var commands: [String] {
    ["## Commands"] + CommandTable.all.map { entry(of: $0) }
  }

  public static func entry(of command: Command) -> String {
    """
    ### \(command.address)

    `\(command.usage)`

    \(command.summary).

    Example: `\(CommandExamples.example(of: command.address))`
    """
  }

  // MARK: Notifications

  private static var topics: [String] {
    [
      "## Notifications",
      "`/notify on TOPIC…` subscribes; measurements are sent once their own command (`/meter`, `/scope` …) asks for them.",
      table(
        ["address", "arguments", "sent", "example"],
        Topic.allCases.map {
          [code($0.address), $0.fields.isEmpty ? "–" : $0.fields, $0.summary, code(($0.address + " " + $0.example))]
        }),
    ]
  }

  // MARK: Errors

  private static var codes: [String] {
    [
      "## Error codes",
      table(
        ["code", "meaning", "example"],
        ErrorCode.allCases.map { [code($0.rawValue), $0.summary, $0.example.map(code) ?? "–"] }),
    ]
  }

  // MARK: Markdown

  private static func code(_ text: String) -> String { "`" + text.replacingText("|", with: "\\|") + "`" }

  private static func table(_ head: [String], _ rows: [[String]]) -> String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    return ([line(head), "|" + String(repeating: "---|", count: head.count)] + rows.map(line)).joined(separator: "\n")
  }
}
