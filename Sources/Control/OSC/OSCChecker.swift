import PatchKit

/// Checks the structure of a whole packet: every length, every padding, every type. Only checked packets are decoded.
///
/// - Source: Matthew Wright, "The Open Sound Control 1.0 Specification" (2002); Freed and Schmeder, "Features and
///   Future of Open Sound Control version 1.1" (2009).
public struct OSCChecker {
  /// Limits of nesting and size, which bound the memory and stack for a small packet.
  public enum Limits {
    /// Nesting depth of bundles, and of arrays.
    public static let depth = 8
    /// Number of arguments of one message, by type tags; number of elements of one packet.
    public static let items = 65_536
  }

  private let bytes: UnsafeRawBufferPointer
  private var place = 0
  private var end: Int
  private var elements = 0

  private init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    end = bytes.count
  }

  /// - Throws: `malformed` or `limit`, with the rule and the offset of the offending byte.
  public static func check(_ packet: UnsafeRawBufferPointer) throws(PatchError) {
    var checker = OSCChecker(packet)
    try checker.packet(depth: 0)
  }

  private mutating func packet(depth: Int) throws(PatchError) {
    elements += 1
    if elements > Limits.items { throw fault("a packet may have at most \(Limits.items) elements", .limit) }
    if end == place { throw fault("a packet must not be empty") }
    if (end - place) % 4 != 0 { throw fault("a packet's size must be a multiple of 4, not \(end - place)") }
    switch bytes[place] {
    case UInt8(ascii: "/"): try message()
    case UInt8(ascii: "#"): try bundle(depth: depth + 1)
    default: throw fault("an address must start with '/', a bundle with '#bundle'")
    }
  }

  private mutating func bundle(depth: Int) throws(PatchError) {
    if depth > Limits.depth { throw fault("bundles may be nested at most \(Limits.depth) deep", .limit) }
    let head: StaticString = "#bundle"
    if end - place < 16 { throw fault("a bundle needs 16 bytes for its head and time tag") }
    for i in 0..<8 where bytes[place + i] != (i < 7 ? head.utf8Start[i] : 0) {
      throw fault("a bundle must start with '#bundle'")
    }
    place += 16
    let bundleEnd = end
    while place < bundleEnd {
      let size = try int32("an element's size")
      if size <= 0 || size % 4 != 0 { throw fault("an element's size must be a positive multiple of 4", back: 4) }
      if size > bundleEnd - place { throw fault("an element must end inside its bundle", back: 4) }
      end = place + size
      try packet(depth: depth)
      end = bundleEnd
    }
  }

  private mutating func message() throws(PatchError) {
    let address = try string("an address")
    for i in address where !(0x21...0x7E).contains(bytes[i]) || bytes[i] == UInt8(ascii: "#") {
      place = i
      throw fault("an address must be printable ASCII without spaces and '#'")
    }
    // Older senders omit the type string of a message without arguments; OSC 1.0 asks receivers to accept that.
    if place == end { return }
    if bytes[place] != UInt8(ascii: ",") { throw fault("a type string starting with ',' must follow") }
    let tags = try string("a type string").dropFirst()
    if tags.count > Limits.items { throw fault("a message may have at most \(Limits.items) arguments", .limit) }
    var depth = 0
    for i in tags {
      switch bytes[i] {
      case UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "]"): depth -= 1
      case let tag: try argument(tag, at: i)
      }
      if depth < 0 { throw fault("']' must close a '['") }
      if depth > Limits.depth { throw fault("arrays may be nested at most \(Limits.depth) deep", .limit) }
    }
    if depth != 0 { throw fault("every '[' must be closed") }
    if place != end { throw fault("nothing may follow the last argument") }
  }

  private mutating func argument(_ tag: UInt8, at offset: Int) throws(PatchError) {
    switch tag {
    case UInt8(ascii: "T"), UInt8(ascii: "F"), UInt8(ascii: "N"), UInt8(ascii: "I"): break
    case UInt8(ascii: "i"), UInt8(ascii: "f"), UInt8(ascii: "m"), UInt8(ascii: "r"): try skip(4, "an argument")
    case UInt8(ascii: "h"), UInt8(ascii: "d"), UInt8(ascii: "t"): try skip(8, "an argument")
    case UInt8(ascii: "c"):
      if !(0..<128).contains(try int32("a character")) { throw fault("a character must be ASCII", back: 4) }
    case UInt8(ascii: "s"), UInt8(ascii: "S"):
      let text = try string("a string")
      if !isUTF8(text) {
        place = text.lowerBound
        throw fault("a string must be UTF-8")
      }
    case UInt8(ascii: "b"):
      let size = try int32("a blob's size")
      if size < 0 || size > end - place { throw fault("a blob must end inside its packet", back: 4) }
      place += size
      try padding("a blob", to: (size + 3) & ~3, from: size)
    default:
      place = offset
      throw fault("type tag \(tag) is unknown; known are i f s b h d t S c r m T F N I [ ]")
    }
  }

  /// The range of a string's characters; advances past its padding.
  private mutating func string(_ what: String) throws(PatchError) -> Range<Int> {
    let start = place
    while place < end, bytes[place] != 0 { place += 1 }
    if place == end { throw fault("\(what) must end with a zero") }
    let text = start..<place
    try padding(what, to: (text.count + 4) & ~3, from: text.count)
    return text
  }

  /// Advances past the zeros that pad an item of `used` bytes to `size`.
  private mutating func padding(_ what: String, to size: Int, from used: Int) throws(PatchError) {
    if size - used > end - place { throw fault("\(what) must be padded to a multiple of 4") }
    for _ in used..<size {
      if bytes[place] != 0 { throw fault("\(what) must be padded with zeros") }
      place += 1
    }
  }

  private mutating func skip(_ size: Int, _ what: String) throws(PatchError) {
    if size > end - place { throw fault("\(what) needs \(size) bytes, \(end - place) are left") }
    place += size
  }

  private mutating func int32(_ what: String) throws(PatchError) -> Int {
    try skip(4, what)
    return Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: place - 4, as: Int32.self)))
  }

  private func isUTF8(_ text: Range<Int>) -> Bool {
    let characters = bytes[text]
    return characters.allSatisfy { $0 < 128 } || String(validating: characters, as: UTF8.self) != nil
  }

  private func fault(_ rule: String, _ code: ErrorCode = .malformed, back: Int = 0) -> PatchError {
    PatchError(code, rule, at: Place(path: "byte \(place - back)"))
  }
}
