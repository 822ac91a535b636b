import Control
import PatchKit

/// A JSON document (RFC 8259) of a request.
indirect enum JSONValue: Equatable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  /// The original text and the members.
  case object(String, [String: JSONValue])

  static let deepest = 64

  init(_ bytes: [UInt8]) throws(PatchError) {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw PatchError(.syntax, "the body is not UTF-8") }
    var reader = JSONReader(bytes)
    self = try reader.document()
  }

  var argument: OSCArgument {
    get throws(PatchError) {
      switch self {
      case .null: return .nil
      case .bool(let isOn): return .bool(isOn)
      case .string(let text): return .string(text)
      case .object(let text, _): return .string(text)
      case .number(let text):
        if let whole = Int32(text) { return .int32(whole) }
        guard let number = Double(text), number.isFinite else {
          throw PatchError(.range, "the number \(text) is too large")
        }
        return .double(number)
      case .array: throw PatchError(.argumentType, "an argument is a number, a text, true, false, null or an object")
      }
    }
  }
}

/// Reads JSON, byte by byte; strict.
private struct JSONReader {
  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(PatchError) -> JSONValue {
    let value = try value(depth: 0)
    skipSpace()
    guard at == bytes.count else { throw fault("nothing may follow the document") }
    return value
  }

  private func fault(_ rule: String) -> PatchError { PatchError(.syntax, "\(rule) (byte \(at))") }
  private var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipSpace() {
    while let byte, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { at += 1 }
  }

  private mutating func value(depth: Int) throws(PatchError) -> JSONValue {
    guard depth < JSONValue.deepest else { throw fault("nested deeper than \(JSONValue.deepest)") }
    skipSpace()
    switch byte {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "["):
      var items: [JSONValue] = []
      try list(UInt8(ascii: "]")) { (reader) throws(PatchError) in items.append(try reader.value(depth: depth + 1)) }
      return .array(items)
    case UInt8(ascii: "{"):
      let start = at
      var members: [String: JSONValue] = [:]
      try list(UInt8(ascii: "}")) { (reader) throws(PatchError) in
        guard reader.byte == UInt8(ascii: "\"") else { throw reader.fault("a key in quotes is expected") }
        let key = try reader.string()
        reader.skipSpace()
        guard reader.byte == UInt8(ascii: ":") else { throw reader.fault("a colon is expected") }
        reader.at += 1
        members[key] = try reader.value(depth: depth + 1)
      }
      return .object(String(decoding: bytes[start..<at], as: UTF8.self), members)
    case UInt8(ascii: "-")?, (0x30...0x39)?: return .number(try number())
    default:
      for (word, value) in [("true", JSONValue.bool(true)), ("false", .bool(false)), ("null", .null)]
      where bytes[at...].starts(with: word.utf8) {
        at += word.utf8.count
        return value
      }
      throw fault("a value is expected")
    }
  }

  private mutating func list(
    _ end: UInt8, _ item: (inout JSONReader) throws(PatchError) -> Void
  ) throws(PatchError) {
    at += 1
    skipSpace()
    if byte == end {
      at += 1
      return
    }
    while true {
      skipSpace()
      try item(&self)
      skipSpace()
      guard let mark = byte, mark == end || mark == UInt8(ascii: ",") else {
        throw fault("a comma or the end of the list is expected")
      }
      at += 1
      if mark == end { return }
    }
  }

  private mutating func number() throws(PatchError) -> String {
    let start = at
    func digits(_ reader: inout JSONReader) -> Int {
      let before = reader.at
      while let byte = reader.byte, (0x30...0x39).contains(byte) { reader.at += 1 }
      return reader.at - before
    }
    if byte == UInt8(ascii: "-") { at += 1 }
    let leadsWithZero = byte == UInt8(ascii: "0"), whole = digits(&self)
    var isRight = whole > 0 && !(leadsWithZero && whole > 1)
    if byte == UInt8(ascii: ".") {
      at += 1
      isRight = digits(&self) > 0 && isRight
    }
    if let e = byte, e | 0x20 == UInt8(ascii: "e") {
      at += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { at += 1 }
      isRight = digits(&self) > 0 && isRight
    }
    guard isRight else { throw fault("this is not a number") }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private mutating func string() throws(PatchError) -> String {
    at += 1
    var text: [UInt8] = []
    while let byte {
      at += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text += try escape()
      case 0..<0x20: throw fault("a control character must be escaped")
      default: text.append(byte)
      }
    }
    throw fault("the text is not closed")
  }

  private mutating func escape() throws(PatchError) -> [UInt8] {
    guard let byte else { throw fault("the text is not closed") }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "u"):
      var code = try hex()
      if (0xd800..<0xdc00).contains(code), bytes[at...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
        at += 2
        let low = try hex()
        guard (0xdc00..<0xe000).contains(low) else { throw fault("half a pair of surrogates") }
        code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(code), code != 0 else { throw fault("this is no character") }
      return Array(String(scalar).utf8)
    default: throw fault("there is no such escape")
    }
  }

  private mutating func hex() throws(PatchError) -> UInt32 {
    guard at + 4 <= bytes.count, let code = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16),
      bytes[at] != UInt8(ascii: "+"), bytes[at] != UInt8(ascii: "-")
    else { throw fault("four hexadecimal digits are expected") }
    at += 4
    return code
  }
}
