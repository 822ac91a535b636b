import CLiblo
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
    var writer = ArgumentWriter()
    defer { writer.end() }
    for argument in arguments { try writer.add(argument) }
    writer.flush()
    return padded(Array(address.utf8)) + padded(writer.tags) + writer.values
  }
}

/// Writes arguments through liblo, in parts: adding a blob of 1 MiB writes past the end of liblo's memory (0.31).
private struct ArgumentWriter {
  /// Maximum size of a part, and minimum size of a string or blob that is written without liblo; bytes.
  private static let part = 1 << 16

  private(set) var tags = [UInt8(ascii: ",")]
  private(set) var values: [UInt8] = []
  private var message: lo_message = lo_message_new()
  private var held = 0

  mutating func end() { lo_message_free(message) }

  mutating func add(_ argument: OSCArgument) throws(PatchError) {
    if case .array(let items) = argument {
      tags.append(UInt8(ascii: "["))
      for item in items { try add(item) }
      tags.append(UInt8(ascii: "]"))
      return
    }
    let (tag, status) = added(argument)
    if status != 0 { throw PatchError(.malformed, "\(argument.kind) cannot be written in OSC: \(argument)") }
    tags.append(UInt8(ascii: tag))
    held += 8
    if held > ArgumentWriter.part { flush() }
  }

  /// Moves the contents of liblo's message to `values`.
  mutating func flush() {
    if held == 0 { return }
    var size = lo_message_length(message, "/")
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      _ = lo_message_serialise(message, "/", buffer.baseAddress!, &size)
      count = size
    }
    let tags = 1 + Int(lo_message_get_argc(message))
    values += bytes[(4 + (tags + 4) & ~3)...]
    lo_message_free(message)
    message = lo_message_new()
    held = 0
  }

  /// Adds an argument. Returns its type tag, and 0 on success. A colour is added as an integer.
  private mutating func added(_ argument: OSCArgument) -> (Unicode.Scalar, Int32) {
    switch argument {
    case .int32(let value): ("i", lo_message_add_int32(message, value))
    case .int64(let value): ("h", lo_message_add_int64(message, value))
    case .float(let value): ("f", lo_message_add_float(message, value))
    case .double(let value): ("d", lo_message_add_double(message, value))
    case .string(let value): ("s", addText(value, lo_message_add_string))
    case .symbol(let value): ("S", addText(value, lo_message_add_symbol))
    case .blob(let bytes): ("b", addBlob(bytes))
    case .timeTag(let tag):
      ("t", lo_message_add_timetag(message, lo_timetag(sec: UInt32(tag >> 32), frac: UInt32(truncatingIfNeeded: tag))))
    case .bool(let value): value ? ("T", lo_message_add_true(message)) : ("F", lo_message_add_false(message))
    case .nil: ("N", lo_message_add_nil(message))
    case .impulse: ("I", lo_message_add_infinitum(message))
    case .char(let value): ("c", value > 127 ? -1 : lo_message_add_char(message, CChar(value)))
    case .midi(let value): ("m", addMIDI(bigEndian(value)))
    case .color(let value): ("r", lo_message_add_int32(message, Int32(bitPattern: value)))
    case .array: ("[", -1)
    }
  }

  private mutating func addText(_ text: String, _ add: (lo_message?, UnsafePointer<CChar>?) -> Int32) -> Int32 {
    if text.utf8.contains(0) { return -1 }
    if text.utf8.count < ArgumentWriter.part {
      held += text.utf8.count
      return add(message, text)
    }
    flush()
    values += padded(Array(text.utf8))
    return 0
  }

  private mutating func addBlob(_ bytes: [UInt8]) -> Int32 {
    // liblo cannot create an empty blob.
    if !bytes.isEmpty && bytes.count < ArgumentWriter.part {
      guard let blob = lo_blob_new(Int32(bytes.count), bytes) else { return -1 }
      defer { lo_blob_free(blob) }
      held += bytes.count
      return lo_message_add_blob(message, blob)
    }
    guard let size = UInt32(exactly: bytes.count) else { return -1 }
    flush()
    values += bigEndian(size) + bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    return 0
  }

  private func addMIDI(_ bytes: [UInt8]) -> Int32 {
    var bytes = bytes
    return lo_message_add_midi(message, &bytes)
  }
}

/// The bytes of an integer in network byte order.
func bigEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
