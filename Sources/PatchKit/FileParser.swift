/// The kind of a JSON file, in messages.
package struct FileKind {
  let name: String
  let example: String

  package static let patch = FileKind(name: "patch", example: "{ \"weft\": 1, ... }")
  package static let noise = FileKind(name: "noise", example: "{ \"noise_type\": \"pink\", \"sweeps\": [ ... ] }")
  package static let track = FileKind(name: "track", example: "{ \"global_settings\": { ... }, \"steps\": [ ... ] }")
}

/// The values of a patch file, or another JSON file, with their places.
package struct FileParser {
  /// Maximum nesting: deeper than any patch; bounds the recursion.
  static let deepest = 64
  /// Maximum number of values: twice that of the largest patch; bounds the memory for a hostile file.
  static let mostValues = 1_000_000

  var scanner: FileScanner
  private let kind: FileKind
  private var depth = 0
  private var valueCount = 0

  /// Parses the one value of the file. Errors are in `errors`; when `isStopped`, the value is
  /// incomplete.
  package static func parse(
    _ bytes: [UInt8], as kind: FileKind = .patch
  ) -> (value: FileValue, errors: FileErrors, isStopped: Bool) {
    let (value, scanner) = parsed(bytes, as: kind)
    return (value, scanner.errors, scanner.isStopped)
  }

  /// The value of the file, and the scanner with its comments.
  static func parsed(_ bytes: [UInt8], as kind: FileKind = .patch) -> (value: FileValue, scanner: FileScanner) {
    var parser = FileParser(scanner: FileScanner(bytes), kind)
    let value = parser.file()
    return (value, parser.scanner)
  }

  private init(scanner: FileScanner, _ kind: FileKind) { (self.scanner, self.kind) = (scanner, kind) }

  private mutating func file() -> FileValue {
    let bytes = scanner.bytes
    if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
      return refuse("the file is UTF-16: save it as UTF-8", at: 0)
    }
    if let offset = Self.firstInvalidByte(bytes) { return refuse("this byte is not UTF-8 text", at: offset) }
    if let offset = bytes.firstIndex(of: 0) { return refuse("the file is not text: it has a zero byte", at: offset) }
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { scanner.at = 3 }  // a byte order mark of UTF-8 says nothing
    scanner.skipSpace()
    if scanner.byte == nil { return refuse("the file is empty: a \(kind.name) is \(kind.example)", at: scanner.at) }
    let value = value()
    scanner.skipSpace()
    if value.isBroken, scanner.errors.isEmpty { return refuse("a \(kind.name) is an object { ... }", at: value.offset) }
    if scanner.byte != nil {
      scanner.fail("the \(kind.name) has ended: nothing but comments may follow", at: scanner.at)
    }
    return value
  }

  private mutating func refuse(_ message: String, at offset: Int, _ code: ErrorCode = .syntax) -> FileValue {
    scanner.fail(message, at: offset, code)
    scanner.stop()
    return FileValue(kind: .broken, offset: offset)
  }

  private static func firstInvalidByte(_ bytes: [UInt8]) -> Int? {
    do {
      _ = try UTF8Span(validating: bytes.span)
      return nil
    } catch {
      return error.byteOffsets.lowerBound
    }
  }

  private mutating func value() -> FileValue {
    var value = bareValue()
    value.end = scanner.at
    return value
  }

  private mutating func bareValue() -> FileValue {
    let offset = scanner.at
    valueCount += 1
    guard valueCount <= Self.mostValues else {
      return refuse("more than \(Self.mostValues) values: no \(kind.name) has so many", at: offset, .limit)
    }
    switch scanner.byte {
    case UInt8(ascii: "{"): return container("object", "}") { $0.members() }
    case UInt8(ascii: "["): return container("list", "]") { $0.items() }
    case UInt8(ascii: "\""): return FileValue(kind: scanner.string().map { .string($0) } ?? .broken, offset: offset)
    default: return FileValue(kind: scanner.numberOrWord(), offset: offset)
    }
  }

  /// Runs `content` between the brackets of an object or list.
  private mutating func container(
    _ kind: String, _ closer: Unicode.Scalar, _ content: (inout FileParser) -> (FileValue.Kind, isDamaged: Bool)
  ) -> FileValue {
    let offset = scanner.at
    guard depth < Self.deepest else {
      return refuse("nested deeper than \(Self.deepest)", at: offset, .limit)
    }
    depth += 1
    scanner.at += 1
    let (contents, isDamaged) = content(&self)
    depth -= 1
    if scanner.byte == UInt8(ascii: closer) {
      scanner.at += 1
    } else if !scanner.isStopped {
      let line = scanner.line(of: offset)
      _ =
        scanner.byte == nil
        ? refuse("the file ends inside the \(kind) that line \(line) begins", at: scanner.at)
        : refuse("\(closer) is expected here: it closes the \(kind) that line \(line) begins", at: scanner.at)
    }
    return FileValue(kind: contents, offset: offset, isDamaged: isDamaged)
  }

  private mutating func members() -> (FileValue.Kind, isDamaged: Bool) {
    var members: [FileMember] = []
    var lines: [String: Int] = [:]
    var isDamaged = false
    while beginsItem() {
      let offset = scanner.at
      guard let key = key() else {
        isDamaged = true
        recover()
        continue
      }
      let value = value()
      if let first = lines[key] {
        scanner.fail(
          "duplicate key \(key.shown) (first defined on line \(scanner.line(of: first)))", at: offset, .duplicate)
      } else {
        lines[key] = offset
        members.append(FileMember(key: key, keyOffset: offset, value: value))
      }
      separate(from: value, isNext: { $0 == UInt8(ascii: "\"") })
    }
    return (.object(members), isDamaged)
  }

  private mutating func items() -> (FileValue.Kind, isDamaged: Bool) {
    var items: [FileValue] = []
    while beginsItem() {
      let value = value()
      items.append(value)
      separate(from: value, isNext: { "\"[{-0123456789".utf8.contains($0) })
    }
    return (.array(items), false)
  }

  /// Advances to the next member or item; false at the end of the object or list.
  private mutating func beginsItem() -> Bool {
    while true {
      scanner.skipSpace()
      switch scanner.byte {
      case nil, UInt8(ascii: "}"), UInt8(ascii: "]"): return false
      case UInt8(ascii: ","):
        scanner.fail("a value is missing before this comma", at: scanner.at)
        if scanner.byte != nil { scanner.at += 1 }
      default: return true
      }
    }
  }

  /// A key and its colon; nil where they are broken.
  private mutating func key() -> String? {
    let offset = scanner.at
    var key: String?
    if scanner.byte == UInt8(ascii: "\"") {
      key = scanner.string()
      if key == nil { return nil }
    } else {
      let word = scanner.word()
      if scanner.byte == nil { return nil }
      guard !word.isEmpty else {
        scanner.fail("a key in quotes is expected here, not \(scanner.mark())", at: offset)
        return nil
      }
      scanner.fail("a key is written in quotes: \(word.shown)", at: offset)
      key = word
    }
    scanner.skipSpace()
    if scanner.byte == UInt8(ascii: ":") {
      scanner.at += 1
      scanner.skipSpace()
      return key
    }
    if scanner.byte != nil { scanner.fail("a colon is expected after the key", at: scanner.at) }
    return nil
  }
}
