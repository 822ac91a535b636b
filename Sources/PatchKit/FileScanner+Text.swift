/// Texts in quotes and their escapes.
extension FileScanner {
  /// A quoted text; nil if it is broken, which has been reported.
  mutating func string() -> String? {
    let start = at
    at += 1
    var run = at, text = "", isWhole = true
    let before = errors
    while let byte {
      switch byte {
      case UInt8(ascii: "\""):
        text += String(decoding: bytes[run..<at], as: UTF8.self)
        at += 1
        return isWhole ? text : nil
      case UInt8(ascii: "\\"):
        text += String(decoding: bytes[run..<at], as: UTF8.self)
        if let scalar = escape() { text.unicodeScalars.append(scalar) } else { isWhole = false }
        run = at
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        fail("the text is not closed by \" on its line", at: start)
        return nil
      case 0..<0x20:
        fail(
          "a control character in a text is written \\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))", at: at
        )
        isWhole = false
        at += 1
      default: at += 1
      }
    }
    errors = before  // a text that is cut has one error, not one for its last escape too
    fail("the file ends inside a text", at: start)
    stop()
    return nil
  }

  private mutating func escape() -> Unicode.Scalar? {
    let start = at
    at += 2
    switch start + 1 < bytes.count ? bytes[start + 1] : 0 {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return unicodeEscape(start)
    default:
      at = start + 1
      fail("no such escape: \\ is followed by one of \" \\ / b f n r t u", at: start)
      return nil
    }
  }

  private mutating func unicodeEscape(_ start: Int) -> Unicode.Scalar? {
    guard let first = hexDigits() else {
      fail("after \\u stand four digits 0 to 9, a to f", at: start)
      return nil
    }
    if let scalar = Unicode.Scalar(first) { return scalar }
    if first < 0xdc00, byte == UInt8(ascii: "\\"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "u") {
      at += 2
      if let second = hexDigits(), (0xdc00...0xdfff).contains(second) {
        return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
      }
    }
    fail("the escape is half of a character: a pair \\ud8.. \\udc.. is expected", at: start)
    return nil
  }

  private mutating func hexDigits() -> UInt32? {
    guard at + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for byte in bytes[at..<at + 4] {
      guard byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    at += 4
    return value
  }
}
