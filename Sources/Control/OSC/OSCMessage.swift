/// One argument of an OSC message; the letter of its type tag in brackets.
public enum OSCArgument: Hashable, Sendable {
  case int32(Int32)  // i
  case int64(Int64)  // h
  case float(Float)  // f
  case double(Double)  // d
  case string(String)  // s
  case symbol(String)  // S
  case blob([UInt8])  // b
  /// An NTP time, see `OSCTime` (t).
  case timeTag(UInt64)
  case bool(Bool)  // T, F
  case `nil`  // N
  case impulse  // I
  /// An ASCII character, 0 … 127 (c).
  case char(UInt8)
  /// Port, status, data 1, data 2, first byte highest (m).
  case midi(UInt32)
  /// Red, green, blue, alpha, first byte highest (r).
  case color(UInt32)
  case array([OSCArgument])  // [ … ]

  /// The value as a number, for every numeric type; true and false are 1 and 0.
  public var number: Double? {
    switch self {
    case .int32(let value): Double(value)
    case .int64(let value): Double(value)
    case .float(let value): Double(value)
    case .double(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  public var text: String? {
    switch self {
    case .string(let value), .symbol(let value): value
    default: nil
    }
  }

  /// The type in words, for errors.
  public var kind: String {
    switch self {
    case .int32, .int64: "an integer"
    case .float, .double: "a number"
    case .string, .symbol: "a string"
    case .blob: "a blob"
    case .timeTag: "a time tag"
    case .bool: "a boolean"
    case .nil: "nil"
    case .impulse: "an impulse"
    case .char: "a character"
    case .midi: "a MIDI message"
    case .color: "a colour"
    case .array: "an array"
    }
  }
}

extension OSCArgument: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int32) { self = .int32(value) }
  public init(floatLiteral value: Float) { self = .float(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

public struct OSCMessage: Hashable, Sendable, CustomStringConvertible {
  public var address: String
  public var arguments: [OSCArgument]

  public init(_ address: String, _ arguments: [OSCArgument] = []) {
    self.address = address
    self.arguments = arguments
  }

  /// Address and arguments on one line, in the syntax of a score.
  /// True for a reply or a notification of a server. It is never answered: two programs would answer each other
  /// endlessly.
  public var isReply: Bool {
    ["/done", "/fail", "/synced", "/state"].contains(address) || address.hasPrefix("/notify/")
  }

  public var description: String { ([address] + arguments.map(\.description)).joined(separator: " ") }
}

extension OSCArgument: CustomStringConvertible {
  public var description: String {
    switch self {
    case .int32(let value): "\(value)"
    case .int64(let value): "\(value)"
    case .float(let value): "\(value)"
    case .double(let value): "\(value)"
    case .string(let value), .symbol(let value): value
    case .blob(let bytes): "(\(bytes.count) bytes)"
    case .timeTag(let tag): "@\(tag)"
    case .bool(let value): value ? "true" : "false"
    case .nil: "nil"
    case .impulse: "impulse"
    case .char(let value): String(UnicodeScalar(value))
    case .midi(let value): "midi:" + String(value, radix: 16)
    case .color(let value): "#" + String(value, radix: 16)
    case .array(let items): "[" + items.map(\.description).joined(separator: " ") + "]"
    }
  }
}

/// The contents of one datagram or of one frame of a stream.
public enum OSCPacket: Hashable, Sendable {
  case message(OSCMessage)
  /// Packets for the same NTP time.
  indirect case bundle(timeTag: UInt64, [OSCPacket])
}

extension OSCPacket {
  /// The packet without replies; nil if nothing remains of it.
  ///
  /// - Parameter count: increased by the number of replies.
  public func withoutReplies(_ count: inout Int) -> OSCPacket? {
    switch self {
    case .message(let message):
      if !message.isReply { return self }
      count += 1
      return nil
    case .bundle(let timeTag, let elements):
      let before = count, kept = elements.compactMap { $0.withoutReplies(&count) }
      return count == before ? self : kept.isEmpty ? nil : .bundle(timeTag: timeTag, kept)
    }
  }
}
