/// Plain columns.
enum Table {
  static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 1))
  }

  /// A number with so many digits after the point.
  static func number(_ value: Double, digits: Int = 3) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let whole = Int((abs(value) * scale).rounded())
    var text = String(whole)
    if digits > 0 {
      text = String(repeating: "0", count: max(digits + 1 - text.count, 0)) + text
      text.insert(".", at: text.index(text.endIndex, offsetBy: -digits))
    }
    return (value < 0 && whole != 0 ? "-" : "") + text
  }
}
