import CLiblo
import Glibc
import PatchKit

extension OSCPacket {
  /// The packet as it goes over the wire.
  ///
  /// - Throws: `malformed` when an address or a string cannot be written in OSC.
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
    guard let message = lo_message_new() else { throw PatchError(.limit, "no memory for a message") }
    defer { lo_message_free(message) }
    var tags: [UInt8] = []
    for argument in arguments { try argument.add(to: message, &tags) }

    var size = lo_message_length(message, address)
    var bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      _ = lo_message_serialise(message, address, buffer.baseAddress!, &size)
      count = size
    }
    let known = lo_message_get_types(message).map { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) } ?? []
    if tags != known.map(UInt8.init(bitPattern:)) {
      let start = (address.utf8.count + 4) & ~3
      let values = start + ((known.count + 1 + 4) & ~3)
      bytes.replaceSubrange(start..<values, with: padded([UInt8(ascii: ",")] + tags))
    }
    return bytes
  }
}

extension OSCArgument {
  /// Adds this to a message of liblo, and to `tags` the letters that it truly has.
  fileprivate func add(to message: lo_message, _ tags: inout [UInt8]) throws(PatchError) {
    if case .array(let items) = self {
      tags.append(UInt8(ascii: "["))
      for item in items { try item.add(to: message, &tags) }
      tags.append(UInt8(ascii: "]"))
      return
    }
    let (tag, status) = added(to: message)
    if status != 0 { throw PatchError(.malformed, "\(kind) cannot be written in OSC: \(self)") }
    tags.append(UInt8(ascii: tag))
  }

  /// The type tag, and 0 when it was added.
  private func added(to message: lo_message) -> (Unicode.Scalar, Int32) {
    switch self {
    case .int32(let value): ("i", lo_message_add_int32(message, value))
    case .int64(let value): ("h", lo_message_add_int64(message, value))
    case .float(let value): ("f", lo_message_add_float(message, value))
    case .double(let value): ("d", lo_message_add_double(message, value))
    case .string(let value): ("s", value.utf8.contains(0) ? -1 : lo_message_add_string(message, value))
    case .symbol(let value): ("S", value.utf8.contains(0) ? -1 : lo_message_add_symbol(message, value))
    case .blob(let bytes): ("b", addBlob(bytes, to: message))
    case .timeTag(let tag):
      ("t", lo_message_add_timetag(message, lo_timetag(sec: UInt32(tag >> 32), frac: UInt32(truncatingIfNeeded: tag))))
    case .bool(let value): value ? ("T", lo_message_add_true(message)) : ("F", lo_message_add_false(message))
    case .nil: ("N", lo_message_add_nil(message))
    case .impulse: ("I", lo_message_add_infinitum(message))
    case .char(let value): ("c", value > 127 ? -1 : lo_message_add_char(message, CChar(value)))
    case .midi(let value):
      (
        "m",
        withUnsafeBytes(of: value.bigEndian) { bytes in
          var four = Array(bytes)
          return lo_message_add_midi(message, &four)
        }
      )
    case .color(let value): ("r", lo_message_add_int32(message, Int32(bitPattern: value)))
    case .array: ("[", -1)
    }
  }

  /// liblo cannot make an empty blob; on the wire it is the integer 0.
  private func addBlob(_ bytes: [UInt8], to message: lo_message) -> Int32 {
    if bytes.isEmpty { return lo_message_add_int32(message, 0) }
    guard let size = Int32(exactly: bytes.count), let blob = lo_blob_new(size, bytes) else { return -1 }
    defer { lo_blob_free(blob) }
    return lo_message_add_blob(message, blob)
  }
}

/// An integer as the bytes of the wire.
func bigEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
