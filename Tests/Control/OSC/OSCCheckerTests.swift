import Control
import PatchKit
import TestSupport
import Testing

@Suite struct OSCCheckerTests {
  private static func message(_ address: String, _ tags: String, _ values: [UInt8] = []) -> [UInt8] {
    func padded(_ text: String) -> [UInt8] { Array(text.utf8) + [UInt8](repeating: 0, count: 4 - text.utf8.count % 4) }
    return padded(address) + padded(tags) + values
  }
  private static let bundleHead = Array("#bundle\0".utf8) + [0, 0, 0, 0, 0, 0, 0, 1]

  /// Malformed packets, each with a part of the violated rule's text.
  private static let malformed: [(String, [UInt8])] = [
    ("empty", []),
    ("multiple of 4", [0]),
    ("multiple of 4", Array("/a\0\0,\0\0\0i".utf8)),
    ("start with '/'", message("a", ",")),
    ("start with '/'", message("", ",")),
    ("end with a zero", Array("/abc".utf8)),
    ("padded with zeros", Array("/a\0b,\0\0\0".utf8)),
    ("printable ASCII", message("/a b", ",")),
    ("printable ASCII", message("/a#", ",")),
    ("printable ASCII", message("/ä", ",")),
    ("type string", message("/a", "i", [0, 0, 0, 1])),
    ("end with a zero", Array("/a\0\0,iii".utf8)),
    ("padded with zeros", Array("/a\0\0,\0\0i".utf8)),
    ("unknown", message("/a", ",x")),
    ("unknown", message("/a", ",i,", [0, 0, 0, 1])),
    ("needs 4 bytes", message("/a", ",i")),
    ("needs 8 bytes", message("/a", ",h", [0, 0, 0, 0])),
    ("needs 4 bytes", message("/a", ",b")),
    ("ASCII", message("/a", ",c", [0, 0, 1, 0])),
    ("end with a zero", message("/a", ",s", [65, 65, 65, 65])),
    ("end with a zero", message("/a", ",s")),
    ("UTF-8", message("/a", ",s", [0xFF, 0, 0, 0])),
    ("blob must end", message("/a", ",b", [0x7F, 0xFF, 0xFF, 0xFF])),
    ("blob must end", message("/a", ",b", [0xFF, 0xFF, 0xFF, 0xFF])),
    ("blob must end", message("/a", ",b", [0, 0, 0, 5, 1, 2, 3, 4])),
    ("padded with zeros", message("/a", ",b", [0, 0, 0, 3, 1, 2, 3, 4])),
    ("close a '['", message("/a", ",]")),
    ("must be closed", message("/a", ",[")),
    ("nested at most 8", message("/a", "," + String(repeating: "[", count: 9) + String(repeating: "]", count: 9))),
    ("nothing may follow", message("/a", ",", [0, 0, 0, 0])),
    ("at most 65536", message("/a", "," + String(repeating: "T", count: 65_537))),
    ("16 bytes", Array("#bundle\0".utf8)),
    ("#bundle", Array("#bundlx\0".utf8) + [0, 0, 0, 0, 0, 0, 0, 1]),
    ("needs 4 bytes", Array(bundleHead.prefix(16)) + [0, 0]),
    ("positive multiple", bundleHead + [0, 0, 0, 0]),
    ("positive multiple", bundleHead + [0, 0, 0, 3, 1, 2, 3, 4]),
    ("positive multiple", bundleHead + [0xFF, 0xFF, 0xFF, 0xFC]),
    ("inside its bundle", bundleHead + [0, 0, 0, 8] + Array("/a\0\0".utf8)),
    ("inside its bundle", bundleHead + [0, 0, 0, 4] + Array("/a\0\0".utf8) + Array(",\0\0\0".utf8)),
  ]

  @Test(arguments: malformed) func malformedPacketsNameTheBrokenRule(rule: String, packet: [UInt8]) {
    let error = #expect(throws: PatchError.self) { _ = try OSCPacket(packet) }
    // The size is checked first, so that it may be reported for a truncated bundle head.
    #expect(error?.message.contains(rule) == true || packet.count % 4 != 0, "\(error.map(\.description) ?? "taken")")
    #expect(error?.place.path?.hasPrefix("byte ") == true)
  }

  /// Old senders, and some phones, leave the type tags out.
  @Test func aMessageWithoutTypeTagsHasNoArguments() throws {
    let bare = Array("/a/b\0\0\0\0".utf8)
    #expect(try OSCPacket(bare) == .message(OSCMessage("/a/b")))
    let bundle = Self.bundleHead + [0, 0, 0, 8] + bare + [0, 0, 0, 8] + Array("/a\0\0,\0\0\0".utf8)
    #expect(
      try OSCPacket(bundle)
        == .bundle(timeTag: 1, [.message(OSCMessage("/a/b")), .message(OSCMessage("/a"))]))
  }

  @Test func malformedPacketErrorsGiveTheOffset() {
    let error = #expect(throws: PatchError.self) { _ = try OSCPacket(Self.message("/a", ",ix", [0, 0, 0, 1])) }
    #expect(error?.description.hasPrefix("byte 6: type tag 120") == true)
  }

  @Test func bundlesNestEightDeep() throws {
    #expect(try OSCPacket(OSCSamples.nested(8).encoded()) == OSCSamples.nested(8))
    #expect(throws: PatchError.self) { _ = try OSCPacket(OSCSamples.nested(9).encoded()) }
  }

  /// The largest datagram, of each shape that costs the most for its size.
  @Test func theWorstDatagramsTakeMilliseconds() throws {
    let element: [UInt8] = [0, 0, 0, 8] + Array("/a\0\0,\0\0\0".utf8)
    let worst = [
      Self.bundleHead + [[UInt8]](repeating: element, count: 5_000).joined(),
      Self.message("/a", "," + String(repeating: "T", count: 65_000)),
      Self.message("/" + String(repeating: "*", count: 65_000), ","),
      Self.message("/a", ",s", [UInt8](repeating: 65, count: 65_000) + [0, 0, 0, 0]),
    ]
    for packet in worst {
      let time = processorTime { _ = try? OSCPacket(packet) }
      #expect(time < .milliseconds(1_000), "\(packet.prefix(24)): \(time)")
    }
  }
}
