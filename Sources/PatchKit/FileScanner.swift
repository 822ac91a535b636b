/// The characters and words of a patch file: JSON with `//` and `/* */` comments.
///
/// Works on bytes that are known to be UTF-8. An error is recorded with its place; the scanner then
/// continues if possible, else stops (`isStopped`).
struct FileScanner {
  let bytes: [UInt8]
  var at = 0
  var errors = FileErrors()
  private(set) var isStopped = false
  /// The comments, without the ends of their lines.
  private(set) var comments: [Range<Int>] = []

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The current byte; nil at the end and once stopped.
  var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

  mutating func fail(_ message: String, at offset: Int, _ code: ErrorCode = .syntax) {
    if !isStopped { errors.add(PatchError(code, message), at: offset) }
    if errors.isFull { stop() }
  }

  /// Reads nothing more.
  mutating func stop() {
    isStopped = true
    at = bytes.count
  }

  /// The line of a byte, from 1.
  func line(of offset: Int) -> Int {
    bytes[..<offset].reduce(into: 1) { if $1 == UInt8(ascii: "\n") { $0 += 1 } }
  }

  mutating func skipSpace() {
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): at += 1
      case UInt8(ascii: "/"): if !skipComment() { return }
      default: return
      }
    }
  }

  private mutating func skipComment() -> Bool {
    let start = at
    switch at + 1 < bytes.count ? bytes[at + 1] : 0 {
    case UInt8(ascii: "/"):
      while let byte, byte != UInt8(ascii: "\n") { at += 1 }
      comments.append(start..<at)
      return true
    case UInt8(ascii: "*"):
      at += 2
      while at + 1 < bytes.count {
        if bytes[at] == UInt8(ascii: "*"), bytes[at + 1] == UInt8(ascii: "/") {
          at += 2
          comments.append(start..<at)
          return true
        }
        at += 1
      }
      fail("the comment is not closed by */", at: start)
      stop()
      return true
    default: return false
    }
  }

  /// Letters, digits and the like up to the next mark, space or quote.
  mutating func word() -> String {
    let start = at
    while let byte, !" \t\r\n,:[]{}\"/".utf8.contains(byte) { at += 1 }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  /// A number, as JSON has them, or one of its words; anything else is an error.
  mutating func numberOrWord() -> FileValue.Kind {
    let start = at
    let text = word()
    switch text {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    case "" where byte == nil: return .broken  // the object or list that is cut here reports it
    case "":
      fail("a value is expected here, not \(mark())", at: start)
      return .broken
    default: break
    }
    guard Self.isNumber(text) else {
      if byte == nil { return .broken }
      fail(
        text.utf8.first.map { ($0 | 0x20) >= 0x61 } == true
          ? "\(text.shown) is not a value: a text is written in quotes" : "\(text.shown) is not a number", at: start)
      return .broken
    }
    guard let number = Float(text), number.isFinite else {
      fail("the number \(text.shown) is too large", at: start, .range)
      return .broken
    }
    return .number(number)
  }

  /// The current character, quoted.
  func mark() -> String {
    if at >= bytes.count { return "the end of the file" }
    var end = at + 1
    while end < bytes.count, bytes[end] & 0xc0 == 0x80 { end += 1 }
    return String(decoding: bytes[at..<end], as: UTF8.self).shown
  }

  /// -? (0 | 1-9 digits) (. digits)? (e sign? digits)?
  private static func isNumber(_ text: String) -> Bool {
    var rest = Substring(text).utf8
    func digits() -> Int {
      let count = rest.prefix { (0x30...0x39).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let leadsWithZero = rest.first == UInt8(ascii: "0")
    let whole = digits()
    if whole == 0 || leadsWithZero && whole > 1 { return false }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      if digits() == 0 { return false }
    }
    if let e = rest.first, e | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      if digits() == 0 { return false }
    }
    return rest.isEmpty
  }
}
