import CLiblo
import Control
import Glibc
import TestSupport
import Testing

@Suite struct OSCCodingTests {
  @Test(arguments: OSCSamples.packets) func encodedPacketsDecodeToTheSame(packet: OSCPacket) throws {
    let bytes = try packet.encoded()
    #expect(bytes.count % 4 == 0)
    #expect(try OSCPacket(bytes) == packet)
  }

  @Test func encodingMatchesTheSpecification() throws {
    // The two examples at the end of the OSC 1.0 specification.
    #expect(
      try OSCMessage("/oscillator/4/frequency", [440.0]).encoded() == Array("/oscillator/4/frequency\0,f\0\0".utf8) + [
        0x43, 0xDC, 0, 0,
      ])
    let foo = OSCMessage("/foo", [1000, -1, "hello", 1.234, 5.678])
    let bytes: [UInt8] =
      Array("/foo\0\0\0\0,iisff\0\0".utf8) + [0, 0, 3, 0xE8, 0xFF, 0xFF, 0xFF, 0xFF] + Array("hello\0\0\0".utf8)
      + [0x3F, 0x9D, 0xF3, 0xB6, 0x40, 0xB5, 0xB2, 0x2D]
    #expect(try foo.encoded() == bytes)
  }

  @Test(arguments: [65_535, 65_536, 65_537, 1 << 20, 5 << 20]) func largeArgumentsSurvive(size: Int) throws {
    let blob = OSCArgument.blob((0..<size).map { UInt8(truncatingIfNeeded: $0) })
    let text = OSCArgument.string(String(repeating: "a", count: size))
    let arguments: [OSCArgument] = [.int32(1), blob, .string("between"), text, .float(2.5), .blob([]), blob]
    let message = OSCPacket.message(OSCMessage("/large", arguments))
    #expect(try OSCPacket(message.encoded()) == message)
  }

  @Test func manyArgumentsSurvive() throws {
    var list: [OSCArgument] = []
    for index in 0..<OSCChecker.Limits.items / 2 { list += [.double(Double(index)), .bool(index % 3 == 0)] }
    let message = OSCPacket.message(OSCMessage("/many", list))
    #expect(try OSCPacket(message.encoded()) == message)
  }

  @Test func arraysAndColoursAreEncodedAsSpecified() throws {
    let bytes = try OSCMessage("/a", [.array([1, .color(0x0102_0304)])]).encoded()
    #expect(bytes == Array("/a\0\0,[ir]\0\0\0".utf8) + [0, 0, 0, 1, 1, 2, 3, 4])
  }

  @Test func valuesThatOSCCannotHoldAreRefused() {
    let wrong = [
      OSCMessage("no/slash"), OSCMessage("/a b"), OSCMessage("/ä"), OSCMessage("/a", ["zero\0inside"]),
      OSCMessage("/a", [.char(200)]),
    ]
    for message in wrong { #expect(throws: (any Error).self) { try message.encoded() } }
  }

  /// liblo's own encoder, argument by argument through its C interface.
  @Test func libloWritesTheSameBytes() throws {
    let message = lo_message_new()!
    defer { lo_message_free(message) }
    var midi: [UInt8] = [1, 0x90, 60, 127]
    let blob = lo_blob_new(3, [9, 8, 7] as [UInt8])!
    defer { lo_blob_free(blob) }
    lo_message_add_int32(message, -5)
    lo_message_add_string(message, "text")
    lo_message_add_blob(message, blob)
    lo_message_add_timetag(message, lo_timetag(sec: 1, frac: 2))
    lo_message_add_double(message, 0.1)
    lo_message_add_midi(message, &midi)
    lo_message_add_char(message, 65)
    lo_message_add_true(message)
    lo_message_add_nil(message)
    var size = lo_message_length(message, "/x")
    var bytes = [UInt8](repeating: 0, count: size)
    lo_message_serialise(message, "/x", &bytes, &size)
    let ours = OSCMessage(
      "/x",
      [-5, "text", .blob([9, 8, 7]), .timeTag(1 << 32 | 2), .double(0.1), .midi(0x0190_3C7F), .char(65), true, .nil])
    #expect(try ours.encoded() == bytes)
    #expect(try OSCPacket(bytes) == .message(ours))
  }

  /// The re-encoding of a packet that passes the checker is unchanged, except for omitted type tags.
  @Test func damagedPacketsAreRefusedOrUnderstood() throws {
    let corpus = try (OSCSamples.packets + [OSCSamples.nested(7)]).map { try $0.encoded() }
    var mutator = Mutator(seed: 20, corpus: corpus)
    var (taken, refused) = (0, 0)
    for _ in 0..<100_000 {
      let bytes = mutator.next()
      // An allocation of exact size, so that AddressSanitizer detects a read past its end.
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
      defer { copy.deallocate() }
      copy.copyBytes(from: bytes)
      do {
        let packet = try OSCPacket(UnsafeRawBufferPointer(copy))
        taken += 1
        let again = try packet.encoded()
        let isLonger = again.count > bytes.count
        if try again != OSCPacket(again).encoded() { Issue.record("not the same after a round trip: \(bytes)") }
        if again != bytes && !isLonger { Issue.record("not the same after a round trip: \(bytes)") }
      } catch {
        if error.code != .malformed && error.code != .limit { Issue.record("\(error)") }
        refused += 1
      }
    }
    #expect(taken > 5_000)
    #expect(refused > 10_000)
  }
}
