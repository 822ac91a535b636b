/// A reference page in Markdown, in blocks: the source of the page in the terminal and of a manual page.
struct MarkdownPage {
  enum Block: Equatable {
    case heading(level: Int, text: String)
    case paragraph(String)
    case code([String])
    /// The cells of each row, the heads first.
    case table([[String]])
  }

  let blocks: [Block]

  init(_ text: String) {
    var blocks: [Block] = [], words: [Substring] = [], rows: [[String]] = [], code: [String]?
    func close() {
      if !words.isEmpty { blocks.append(.paragraph(words.joined(separator: " "))) }
      if !rows.isEmpty { blocks.append(.table(rows)) }
      (words, rows) = ([], [])
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        close()
        if let lines = code { blocks.append(.code(lines)) }
        code = code == nil ? [] : nil
      } else if code != nil {
        code!.append(String(line))
      } else if line.hasPrefix("#") {
        close()
        let level = line.prefix { $0 == "#" }.count
        blocks.append(.heading(level: level, text: String(line.dropFirst(level + 1))))
      } else if line.hasPrefix("|") {
        if !words.isEmpty { close() }
        if !line.hasPrefix("|---") { rows.append(MarkdownPage.cells(line)) }
      } else if line.isEmpty {
        close()
      } else if !line.hasPrefix("![") {
        if !rows.isEmpty { close() }
        words.append(line)
      }
    }
    close()
    self.blocks = blocks
  }

  /// The cells of a row; `\|` is a bar inside a cell.
  private static func cells(_ line: Substring) -> [String] {
    var cells: [String] = [], cell = "", isEscaped = false
    for character in line.dropFirst() {
      if character == "|", !isEscaped {
        cells.append(trimmed(cell))
        cell = ""
      } else {
        if isEscaped, character != "|" { cell.append("\\") }
        if character != "\\" { cell.append(character) }
      }
      isEscaped = character == "\\"
    }
    return cells
  }

  private static func trimmed(_ text: String) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  /// Text without the marks of code and emphasis.
  static func plain(_ text: String) -> String { text.filter { $0 != "`" } }
}
