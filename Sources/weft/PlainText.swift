/// Text for terminals whose locale is not UTF-8.
enum PlainText {
  /// True if the locale, as `LC_ALL`, `LC_CTYPE` or `LANG` says, has another encoding than UTF-8. Where none of them is
  /// set nothing is known: most terminals show UTF-8.
  static let isNeeded: Bool = {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"]
    guard let locale = names.lazy.compactMap(Console.variable).first?.lowercased() else { return false }
    return !locale.contains("utf-8") && !locale.contains("utf8")
  }()

  private static let letters: [Character: String] = [
    "…": "...", "×": "x", "·": "*", "−": "-", "–": "-", "—": "-", "█": "#", "░": ".", "→": "->", "≤": "<=", "≥": ">=",
    "½": "1/2", "²": "^2", "°": " deg", "é": "e", "ä": "ae", "ö": "oe", "ü": "ue",
  ]

  static func ascii(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
    return text.reduce(into: "") { $0 += $1.isASCII ? String($1) : letters[$1] ?? "?" }
  }
}
