// Formatting of values and user names in messages and files.

extension BinaryFloatingPoint where Self: CustomStringConvertible {
  /// The shortest text that reads back as the same number: `440`, `0.1`, `1e-05`.
  public var shortText: String {
    let text = description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension ParamValue: CustomStringConvertible {
  public var description: String {
    switch self {
    case .number(let number): number.shortText
    case .bool(let bool): bool ? "true" : "false"
    case .text(let text): text
    }
  }

  /// Quoted for a message.
  var shown: String { if case .text(let text) = self { text.shown } else { description } }
}

extension String {
  /// Quoted, without control characters, shortened to one line of a message.
  package var shown: String {
    var text = "\""
    var count = 0
    for scalar in unicodeScalars {
      if count == 40 {
        text += "..."
        break
      }
      let isControl = scalar.properties.generalCategory == .control
      text.unicodeScalars.append(isControl ? "\u{fffd}" : scalar)
      count += 1
    }
    return text + "\""
  }

  /// For the place of an error: unchanged if it is a legal name, else quoted.
  var placed: String { Self.isPlain(self) ? self : shown }

  private static func isPlain(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 2 * 33 && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
  }
}
