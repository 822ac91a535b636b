/// A reference page as lines for a terminal of any width.
extension MarkdownPage {
  var terminalText: String {
    var lines: [String] = []
    for block in blocks {
      if !lines.isEmpty { lines.append("") }
      switch block {
      case .heading(let level, let text):
        lines += Help.wrapped(
          level == 1 ? MarkdownPage.plain(text).uppercased() : MarkdownPage.plain(text), indent: 0, first: 0)
      case .paragraph(let text): lines += Help.wrapped(MarkdownPage.plain(text), indent: 0, first: 0)
      case .code(let code): lines += code.map { $0.isEmpty ? "" : "    " + $0 }
      case .table(let rows): lines += MarkdownPage.columns(rows)
      }
    }
    return lines.joined(separator: "\n")
  }

  /// The first column beside all others.
  private static func columns(_ rows: [[String]]) -> [String] {
    let rows = rows.dropFirst().map { row in
      (plain(row.first ?? ""), row.dropFirst().map(plain).filter { !$0.isEmpty }.joined(separator: "; "))
    }
    let longest = rows.map(\.0.count).max() ?? 0
    // A wide first column leaves no room for the second one.
    if longest <= Console.columns / 2 { return Help.columns(rows) }
    return rows.flatMap { ["  " + $0.0] + Help.wrapped($0.1, indent: 6, first: 6) }
  }
}
