import PatchKit

extension OSCPacket {
  /// The encoded packet.
  ///
  /// - Throws: `malformed` if an address or a string is not representable in OSC.
  public func encoded() throws(PatchError) -> [UInt8] {
    switch self {
    case .message(let message): return try message.encoded()
    case .bundle(let timeTag, let elements):
      var bytes = Array("#bundle\0".utf8) + bigEndian(timeTag)
      for element in elements {
        let packet = try element.encoded()
        bytes += bigEndian(UInt32(packet.count)) + packet
      }
      return bytes
    }
  }
}

extension OSCMessage {
  public func encoded() throws(PatchError) -> [UInt8] {
    guard address.utf8.first == UInt8(ascii: "/"), address.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw PatchError(.malformed, "an address must start with '/' and be printable ASCII", at: Place(path: address))
    }
    var tags = [UInt8(ascii: ",")], values: [UInt8] = []
    for argument in arguments { try argument.encode(&tags, &values) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(address.utf8.count + tags.count + values.count + 8)
    bytes.append(padded: address.utf8)
    bytes.append(padded: tags)
    bytes += values
    return bytes
  }
}

extension OSCArgument {
  /// Appends its type tags and its value.
  fileprivate func encode(_ tags: inout [UInt8], _ values: inout [UInt8]) throws(PatchError) {
    func add(_ tag: Unicode.Scalar) { tags.append(UInt8(ascii: tag)) }
    func add<Integer: FixedWidthInteger>(_ tag: Unicode.Scalar, _ value: Integer) {
      add(tag)
      withUnsafeBytes(of: value.bigEndian) { values.append(contentsOf: $0) }
    }
    switch self {
    case .int32(let value): add("i", value)
    case .int64(let value): add("h", value)
    case .float(let value): add("f", value.bitPattern)
    case .double(let value): add("d", value.bitPattern)
    case .string(let text), .symbol(let text):
      if text.utf8.contains(0) { throw refusal }
      if case .symbol = self { add("S") } else { add("s") }
      values.append(padded: text.utf8)
    case .blob(let bytes):
      guard let size = Int32(exactly: bytes.count) else { throw refusal }
      add("b", size)
      values += bytes
      values += repeatElement(0, count: (4 - bytes.count % 4) % 4)
    case .timeTag(let tag): add("t", tag)
    case .bool(let value): add(value ? "T" : "F")
    case .nil: add("N")
    case .impulse: add("I")
    case .char(let value):
      if value > 127 { throw refusal }
      add("c", UInt32(value))
    case .midi(let value): add("m", value)
    case .color(let value): add("r", value)
    case .array(let items):
      add("[")
      for item in items { try item.encode(&tags, &values) }
      add("]")
    }
  }

  private var refusal: PatchError { PatchError(.malformed, "\(kind) cannot be written in OSC: \(self)") }
}

extension [UInt8] {
  /// Appends a text with one to four zeros, as OSC pads its strings.
  fileprivate mutating func append(padded text: some Collection<UInt8>) {
    append(contentsOf: text)
    append(contentsOf: repeatElement(0, count: 4 - text.count % 4))
  }
}

/// The bytes of an integer in network byte order.
func bigEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
