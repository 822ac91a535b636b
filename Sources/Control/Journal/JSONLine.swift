/// A JSON object of one line, as the journal writes them: no object within it.
struct JSONLine {
  enum Value: Equatable {
    case string(String)
    /// The digits: a number that was made a double on its way would not always be the same single one.
    case number(String)
    case bool(Bool)
    case null
    case array([Value])

    var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }
  }

  /// The members of an object; its closing brace may be missing. nil: it is none.
  static func object(_ bytes: ArraySlice<UInt8>) -> [String: Value]? {
    var line = JSONLine(bytes: bytes, at: bytes.startIndex)
    guard line.skip("{") else { return nil }
    var members: [String: Value] = [:]
    repeat {
      guard case .string(let key)? = line.value(), line.skip(":"), let value = line.value() else { return nil }
      members[key] = value
    } while line.skip(",")
    return members
  }

  private let bytes: ArraySlice<UInt8>
  private var at: Int

  private init(bytes: ArraySlice<UInt8>, at: Int) { (self.bytes, self.at) = (bytes, at) }

  private var byte: UInt8? { at < bytes.endIndex ? bytes[at] : nil }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard byte == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  private mutating func value() -> Value? {
    switch byte {
    case UInt8(ascii: "\""): return string().map { .string($0) }
    case UInt8(ascii: "["):
      at += 1
      var items: [Value] = []
      if skip("]") { return .array(items) }
      repeat {
        // Arrays hold no arrays: the depth of a damaged line is bounded.
        guard byte != UInt8(ascii: "["), let item = value() else { return nil }
        items.append(item)
      } while skip(",")
      return skip("]") ? .array(items) : nil
    default: return word()
    }
  }

  /// A number, `true`, `false` or `null`.
  private mutating func word() -> Value? {
    let start = at
    while let byte, byte != UInt8(ascii: ","), byte != UInt8(ascii: "]"), byte != UInt8(ascii: "}") { at += 1 }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    switch text {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    default:
      guard let number = Double(text), number.isFinite else { return nil }
      return .number(text)
    }
  }

  private mutating func string() -> String? {
    at += 1
    var text: [UInt8] = []
    while let byte {
      at += 1
      switch byte {
      case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let escaped = self.byte else { return nil }
        at += 1
        switch escaped {
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
          guard bytes.endIndex - at >= 4,
            let code = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16),
            let scalar = Unicode.Scalar(code)
          else { return nil }
          text += Array(String(Character(scalar)).utf8)
          at += 4
        default: text.append(escaped)
        }
      default: text.append(byte)
      }
    }
    return nil
  }
}
