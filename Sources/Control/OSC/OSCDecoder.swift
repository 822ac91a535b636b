import CLiblo
import PatchKit

extension OSCPacket {
  /// Checks the bytes, then decodes each message with liblo.
  ///
  /// - Throws: the error found by `OSCChecker`.
  public init(_ bytes: UnsafeRawBufferPointer) throws(PatchError) {
    try OSCChecker.check(bytes)
    self = try OSCPacket.decoded(bytes)
  }

  public init(_ bytes: [UInt8]) throws(PatchError) {
    self = try bytes.withUnsafeBytes { bytes in Result { () throws(PatchError) in try OSCPacket(bytes) } }.get()
  }

  private static func decoded(_ bytes: UnsafeRawBufferPointer) throws(PatchError) -> OSCPacket {
    guard bytes[0] == UInt8(ascii: "#") else { return .message(try OSCMessage(checked: bytes)) }
    var elements: [OSCPacket] = []
    var place = 16
    while place < bytes.count {
      let size = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
      elements.append(try decoded(UnsafeRawBufferPointer(rebasing: bytes[(place + 4)..<(place + 4 + size)])))
      place += 4 + size
    }
    let timeTag = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    return .bundle(timeTag: timeTag, elements)
  }
}

extension OSCMessage {
  /// Decodes one message that passed the checker.
  fileprivate init(checked bytes: UnsafeRawBufferPointer) throws(PatchError) {
    let layout = MessageLayout(bytes)
    // liblo supports neither arrays nor colours: it gets the same bytes with tags that it supports.
    if let plain = layout.forLiblo {
      self = try plain.withUnsafeBytes { OSCMessage.parse($0, layout) }.get()
    } else {
      self = try OSCMessage.parse(bytes, layout).get()
    }
  }

  private static func parse(_ bytes: UnsafeRawBufferPointer, _ layout: MessageLayout) -> Result<OSCMessage, PatchError>
  {
    var status: Int32 = 0
    // liblo copies the data.
    let data = UnsafeMutableRawPointer(mutating: bytes.baseAddress!)
    guard let parsed = lo_message_deserialise(data, bytes.count, &status) else {
      return .failure(PatchError(.malformed, "liblo refused \(layout.address) with its error \(status)"))
    }
    defer { lo_message_free(parsed) }
    var reader = ArgumentReader(tags: layout.tags[...], values: lo_message_get_argv(parsed))
    return .success(OSCMessage(layout.address, reader.arguments()))
  }
}

/// The parts of a checked message.
struct MessageLayout {
  let address: String
  /// The type tags without the comma.
  let tags: [UInt8]
  /// The same message with tags that liblo supports; nil if all its tags are supported.
  let forLiblo: [UInt8]?

  init(_ bytes: UnsafeRawBufferPointer) {
    let addressLength = bytes.firstIndex(of: 0)!
    address = String(decoding: bytes[..<addressLength], as: UTF8.self)
    let tagStart = (addressLength + 4) & ~3
    let tagEnd = bytes[tagStart...].firstIndex(of: 0)!
    tags = Array(bytes[(tagStart + 1)..<tagEnd])
    let known = librariesTags(tags)
    if known == tags {
      forLiblo = nil
    } else {
      let values = bytes[(tagStart + ((tagEnd - tagStart + 4) & ~3))...]
      forLiblo = bytes[..<tagStart] + padded([UInt8(ascii: ",")] + known) + values
    }
  }
}

/// The tags with the same bytes in liblo: a colour is an integer, brackets have no value.
func librariesTags(_ tags: [UInt8]) -> [UInt8] {
  tags.compactMap { tag in
    switch tag {
    case UInt8(ascii: "["), UInt8(ascii: "]"): nil
    case UInt8(ascii: "r"): UInt8(ascii: "i")
    default: tag
    }
  }
}

/// Pads with one to four zeros, as OSC pads strings.
func padded(_ text: [UInt8]) -> [UInt8] { text + [UInt8](repeating: 0, count: 4 - text.count % 4) }

/// Iterates over the tags and liblo's decoded values.
private struct ArgumentReader {
  var tags: ArraySlice<UInt8>
  var values: UnsafeMutablePointer<UnsafeMutablePointer<lo_arg>?>?

  /// Reads up to the end, or to the bracket that closes this array.
  mutating func arguments() -> [OSCArgument] {
    var list: [OSCArgument] = []
    list.reserveCapacity(tags.count)
    while let tag = tags.popFirst(), tag != UInt8(ascii: "]") {
      if tag == UInt8(ascii: "[") {
        list.append(.array(arguments()))
      } else {
        list.append(value(tag, values!.pointee))
        values! += 1
      }
    }
    return list
  }

  private func value(_ tag: UInt8, _ pointer: UnsafeMutablePointer<lo_arg>?) -> OSCArgument {
    switch tag {
    case UInt8(ascii: "T"): return .bool(true)
    case UInt8(ascii: "F"): return .bool(false)
    case UInt8(ascii: "N"): return .nil
    case UInt8(ascii: "I"): return .impulse
    default: break
    }
    let raw = UnsafeRawPointer(pointer!)
    switch tag {
    case UInt8(ascii: "i"): return .int32(raw.loadUnaligned(as: Int32.self))
    case UInt8(ascii: "f"): return .float(raw.loadUnaligned(as: Float.self))
    case UInt8(ascii: "h"): return .int64(raw.loadUnaligned(as: Int64.self))
    case UInt8(ascii: "d"): return .double(raw.loadUnaligned(as: Double.self))
    case UInt8(ascii: "c"): return .char(UInt8(truncatingIfNeeded: raw.loadUnaligned(as: Int32.self)))
    case UInt8(ascii: "r"): return .color(raw.loadUnaligned(as: UInt32.self))
    case UInt8(ascii: "m"): return .midi(UInt32(bigEndian: raw.loadUnaligned(as: UInt32.self)))
    case UInt8(ascii: "t"):
      let tag = raw.loadUnaligned(as: lo_timetag.self)
      return .timeTag(UInt64(tag.sec) << 32 | UInt64(tag.frac))
    case UInt8(ascii: "b"):
      let size = Int(raw.loadUnaligned(as: Int32.self))
      return .blob(Array(UnsafeRawBufferPointer(start: raw + 4, count: size)))
    case UInt8(ascii: "S"): return .symbol(String(cString: raw.assumingMemoryBound(to: CChar.self)))
    default: return .string(String(cString: raw.assumingMemoryBound(to: CChar.self)))
    }
  }
}
