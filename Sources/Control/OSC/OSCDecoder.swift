import PatchKit

extension OSCPacket {
  /// Checks the bytes, then decodes them.
  ///
  /// - Throws: the error found by `OSCChecker`.
  public init(_ bytes: UnsafeRawBufferPointer) throws(PatchError) {
    try OSCChecker.check(bytes)
    self = OSCPacket(checked: bytes)
  }

  public init(_ bytes: [UInt8]) throws(PatchError) {
    self = try bytes.withUnsafeBytes { bytes in Result { () throws(PatchError) in try OSCPacket(bytes) } }.get()
  }

  private init(checked bytes: UnsafeRawBufferPointer) {
    guard bytes[0] == UInt8(ascii: "#") else {
      self = .message(OSCMessage(checked: bytes))
      return
    }
    var elements: [OSCPacket] = []
    var place = 16
    while place < bytes.count {
      let size = Int(bytes.bigEndian(at: place, as: UInt32.self))
      elements.append(OSCPacket(checked: UnsafeRawBufferPointer(rebasing: bytes[(place + 4)..<(place + 4 + size)])))
      place += 4 + size
    }
    self = .bundle(timeTag: bytes.bigEndian(at: 8, as: UInt64.self), elements)
  }
}

extension OSCMessage {
  /// Decodes a message that passed the checker.
  fileprivate init(checked bytes: UnsafeRawBufferPointer) {
    var reader = ArgumentReader(bytes)
    let address = reader.string()
    // Without type tags there are no arguments.
    guard reader.place < bytes.count else {
      self.init(address)
      return
    }
    reader.tags = Array(reader.string().utf8)[...].dropFirst()
    self.init(address, reader.arguments())
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func bigEndian<Integer: FixedWidthInteger>(at place: Int, as: Integer.Type) -> Integer {
    Integer(bigEndian: loadUnaligned(fromByteOffset: place, as: Integer.self))
  }
}

/// Reads the arguments of a checked message in order.
private struct ArgumentReader {
  private let bytes: UnsafeRawBufferPointer
  private(set) var place = 0
  /// The type tags without the comma.
  var tags: ArraySlice<UInt8> = []

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Reads up to the end, or to the bracket that closes this array.
  mutating func arguments() -> [OSCArgument] {
    var list: [OSCArgument] = []
    list.reserveCapacity(tags.count)
    while let tag = tags.popFirst(), tag != UInt8(ascii: "]") {
      list.append(tag == UInt8(ascii: "[") ? .array(arguments()) : argument(tag))
    }
    return list
  }

  private mutating func argument(_ tag: UInt8) -> OSCArgument {
    switch tag {
    case UInt8(ascii: "T"): .bool(true)
    case UInt8(ascii: "F"): .bool(false)
    case UInt8(ascii: "N"): .nil
    case UInt8(ascii: "I"): .impulse
    case UInt8(ascii: "i"): .int32(integer())
    case UInt8(ascii: "f"): .float(Float(bitPattern: integer()))
    case UInt8(ascii: "h"): .int64(integer())
    case UInt8(ascii: "d"): .double(Double(bitPattern: integer()))
    case UInt8(ascii: "c"): .char(UInt8(truncatingIfNeeded: integer() as UInt32))
    case UInt8(ascii: "r"): .color(integer())
    case UInt8(ascii: "m"): .midi(integer())
    case UInt8(ascii: "t"): .timeTag(integer())
    case UInt8(ascii: "b"): .blob(blob())
    case UInt8(ascii: "S"): .symbol(string())
    default: .string(string())
    }
  }

  private mutating func integer<Integer: FixedWidthInteger>() -> Integer {
    defer { place += MemoryLayout<Integer>.size }
    return bytes.bigEndian(at: place, as: Integer.self)
  }

  /// Reads up to a zero, and skips the padding.
  mutating func string() -> String {
    let start = place
    while bytes[place] != 0 { place += 1 }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    place += 4 - (place - start) % 4
    return text
  }

  private mutating func blob() -> [UInt8] {
    let size = Int(integer() as UInt32)
    defer { place += (size + 3) & ~3 }
    return Array(bytes[place..<place + size])
  }
}
