/// Reads one line of a score; columns count bytes from 1.
struct ScoreLineReader {
  private let bytes: ArraySlice<UInt8>
  private var at: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    at = bytes.startIndex
  }

  /// The command; nil for an empty line.
  mutating func read(line: Int) throws(PatchError) -> ScoreLine? {
    if let bad = firstBadByte() { throw error("this byte is not text", at: bad) }
    skipSpace()
    if isAtEnd { return nil }
    let time = try time()
    skipSpace()
    if isAtEnd { throw error("an address such as /note/on is expected after the time", at: at) }
    let addressStart = at
    let address = word()
    guard address.utf8.first == UInt8(ascii: "/"), address.utf8.count > 1,
      address.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x22 })
    else { throw error("\(address.shown) is not an address: it begins with /", at: addressStart) }
    var arguments: [ScoreArgument] = []
    skipSpace()
    while !isAtEnd {
      arguments.append(try argument())
      skipSpace()
    }
    return ScoreLine(time: time, address: address, arguments: arguments, line: line)
  }

  private mutating func time() throws(PatchError) -> Double {
    let start = at
    let text = word()
    guard Self.looksLikeNumber(text), let time = Double(text) else {
      throw error("\(text.shown) is not a time in seconds", at: start)
    }
    guard time >= 0, time.isFinite else {
      throw error("the time \(text.shown) is not 0 or later", at: start, .range)
    }
    return time
  }

  private mutating func argument() throws(PatchError) -> ScoreArgument {
    let start = at
    if bytes[at] == UInt8(ascii: "\"") { return .string(try string()) }
    let text = word()
    switch text {
    case "true": return .bool(true)
    case "false": return .bool(false)
    default: break
    }
    guard Self.looksLikeNumber(text) else { return .string(text) }
    if let int = Int32(text) { return .int(int) }
    let digits = text.utf8.drop { $0 == 0x2d || $0 == 0x2b }
    if digits.allSatisfy({ (0x30...0x39).contains($0) }), digits.count >= text.utf8.count - 1 {
      throw error("\(text.shown) does not fit 32 bits; write \(text).0 for a float", at: start, .range)
    }
    // A word such as 1.2.3 or 2x is a string: names in a score may begin with a digit.
    guard let float = Float(text) else { return .string(text) }
    guard float.isFinite else { throw error("the number \(text.shown) is too large", at: start, .range) }
    return .float(float)
  }

  private mutating func string() throws(PatchError) -> String {
    let start = at
    at += 1
    var text: [UInt8] = []
    while at < bytes.endIndex {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard at == bytes.endIndex || Self.isSpace(bytes[at]) else {
          throw error("a space is expected after the closing \"", at: at)
        }
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        let escapes: [UInt8: UInt8] = [0x22: 0x22, 0x5c: 0x5c, 0x6e: 0x0a, 0x74: 0x09]
        guard at < bytes.endIndex, let meant = escapes[bytes[at]] else {
          throw error("no such escape: \\ is followed by one of \" \\ n t", at: at - 1)
        }
        text.append(meant)
        at += 1
      default: text.append(byte)
      }
    }
    throw error("the text is not closed by \"", at: start)
  }

  private mutating func word() -> String {
    let start = at
    while at < bytes.endIndex, !Self.isSpace(bytes[at]) { at += 1 }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private mutating func skipSpace() {
    while at < bytes.endIndex, Self.isSpace(bytes[at]) { at += 1 }
  }

  /// Also true at the start of a comment. A # inside a word is part of the word.
  private var isAtEnd: Bool { at >= bytes.endIndex || bytes[at] == UInt8(ascii: "#") }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// True if the text starts with a digit, after a sign or point: `inf`, `nan` and `0x10` are words.
  private static func looksLikeNumber(_ text: String) -> Bool {
    let body = text.utf8.drop { $0 == 0x2d || $0 == 0x2b || $0 == 0x2e }
    guard let first = body.first, (0x30...0x39).contains(first) else { return false }
    return !text.utf8.contains { $0 | 0x20 == UInt8(ascii: "x") || $0 | 0x20 == UInt8(ascii: "p") }
  }

  private func firstBadByte() -> Int? {
    do {
      let line = Array(bytes)
      _ = try UTF8Span(validating: line.span)
    } catch {
      return bytes.startIndex + error.byteOffsets.lowerBound
    }
    return bytes.firstIndex { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f }
  }

  private func error(_ message: String, at offset: Int, _ code: ErrorCode = .syntax) -> PatchError {
    PatchError(code, message, at: Place(column: offset - bytes.startIndex + 1))
  }
}
