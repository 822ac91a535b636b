/// Comments of a rewritten patch file: each stays with its node, cable or key.
///
/// A comment belongs to the item on the same line, else to the enclosing item, else to the next one; a comment after
/// all items stays at the end. Comments of removed items are removed.
enum PatchComments {
  /// A member or item of the file, and its lines.
  private struct Item {
    var path: String
    var start: Int
    var end: Int
    /// Offset of the first inner item; bytes before it belong to the item itself.
    var firstInner: Int
  }

  /// The new text with the comments of the old one inserted.
  static func kept(of old: [UInt8], in new: [UInt8]) -> [UInt8] {
    // Fast path for a file without `/`; `//` and `/*` may also occur in paths.
    guard old.count <= Patch.Limits.fileBytes, old.contains(UInt8(ascii: "/")) else { return new }
    let (root, scanner) = FileParser.parsed(old)
    guard scanner.errors.isEmpty, !scanner.comments.isEmpty else { return new }
    let items = items(of: root)
    var above: [String: [String]] = [:], beside: [String: [String]] = [:], last: [String] = []
    for comment in scanner.comments {
      let text = text(of: old[comment])
      // A block comment after a line comment would become part of it.
      if !text.utf8.contains(newline), let item = itemOnLine(of: comment.lowerBound, items, old) {
        beside[item.path, default: []].append(text)
      } else if let item = enclosing(comment.lowerBound, items)
        ?? items.first(where: { $0.start >= comment.upperBound })
      {
        above[item.path, default: []].append(text)
      } else {
        last.append(text)
      }
    }
    return write(new, above, beside, last)
  }

  private static func write(
    _ new: [UInt8], _ above: [String: [String]], _ beside: [String: [String]], _ last: [String]
  ) -> [UInt8] {
    var insertions: [(at: Int, bytes: [UInt8])] = []
    for item in items(of: FileParser.parsed(new).value) {
      let lineStart = (new[..<item.start].lastIndex(of: newline).map { $0 + 1 }) ?? 0
      let indent = Array(new[lineStart..<item.start].prefix { $0 == UInt8(ascii: " ") })
      for comment in above[item.path] ?? [] {
        insertions.append((lineStart, indent + Array(comment.utf8) + [newline]))
      }
      if let comments = beside[item.path] {
        let lineEnd = new[item.start...].firstIndex(of: newline) ?? new.count
        for comment in comments { insertions.append((lineEnd, [UInt8(ascii: " ")] + Array(comment.utf8))) }
      }
    }
    var result: [UInt8] = [], from = 0
    // A stable sort, so that comments at one place keep their order.
    for insertion in insertions.enumerated().sorted(by: { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }) {
      result += new[from..<insertion.element.at] + insertion.element.bytes
      from = insertion.element.at
    }
    result += new[from...]
    for comment in last { result += Array(comment.utf8) + [newline] }
    return result
  }

  private static let newline = UInt8(ascii: "\n")

  /// The comment without trailing spaces.
  private static func text(of comment: ArraySlice<UInt8>) -> String {
    var comment = comment
    while let byte = comment.last, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\r") { comment.removeLast() }
    // A line comment remains a line comment.
    return String(decoding: comment, as: UTF8.self)
  }

  /// The last item that begins or ends before the comment on its line.
  private static func itemOnLine(of comment: Int, _ items: [Item], _ bytes: [UInt8]) -> Item? {
    let lineStart = bytes[..<comment].lastIndex(of: newline).map { $0 + 1 } ?? 0
    return items.last { item in
      item.start < comment && (item.start >= lineStart || item.end > lineStart && item.end <= comment)
        && (item.end <= comment || item.firstInner > comment)
    }
  }

  /// The innermost item around a comment, unless an inner item follows the comment.
  private static func enclosing(_ comment: Int, _ items: [Item]) -> Item? {
    items.last { $0.start < comment && comment < $0.end && $0.path != "" && !$0.path.hasSuffix("/*") }
      .flatMap { item in sections.contains(item.path) ? nil : item }
  }

  /// The members whose items are written one a line.
  private static let sections: Set = ["nodes", "cables", "midi", "snapshots", "macros", "frames"]

  /// The root, its members, and the items of its sections, in the order of the file.
  private static func items(of root: FileValue) -> [Item] {
    guard case .object(let members) = root.kind else { return [] }
    var items = [Item(path: "", start: root.offset, end: root.end, firstInner: members.first?.keyOffset ?? root.end)]
    for member in members {
      var inner: [Item] = []
      var seen: [String: Int] = [:]
      if sections.contains(member.key) {
        switch member.value.kind {
        case .object(let fields):
          inner = fields.map { item("\(member.key)/\($0.key)", $0.keyOffset, $0.value.end) }
        case .array(let values):
          for value in values {
            let name = name(of: value), count = seen[name, default: 0]
            seen[name] = count + 1
            inner.append(item("\(member.key)/\(name)/\(count)", value.offset, value.end))
          }
        default: break
        }
      }
      items.append(
        Item(
          path: member.key, start: member.keyOffset, end: member.value.end,
          firstInner: inner.first?.start ?? member.value.end))
      items += inner
    }
    return items
  }

  private static func item(_ path: String, _ start: Int, _ end: Int) -> Item {
    Item(path: path, start: start, end: end, firstInner: end)
  }

  /// The identity of a list item: the ends of a cable, the name of a macro, the label of a frame.
  private static func name(of value: FileValue) -> String {
    switch value.kind {
    case .array(let parts):
      parts.prefix(2).map { part in
        guard case .string(let text) = part.kind else { return "" }
        return String(text.prefix { $0 != "/" })
      }.joined(separator: ">")
    case .object(let fields):
      fields.first { ["name", "label"].contains($0.key) }.flatMap { field in
        if case .string(let text) = field.value.kind { text } else { nil }
      } ?? ""
    default: ""
    }
  }
}
