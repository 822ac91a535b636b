import Control
import PatchKit
import Testing

@Suite struct StreamFramingTests {
  static let framings: [StreamFraming] = [.lengthPrefix, .slip(bothEnds: false), .slip(bothEnds: true)]

  private func read(_ parts: [[UInt8]]) -> (packets: [[UInt8]], refused: Int, follows: Bool, framing: StreamFraming?) {
    var (reader, packets, refused, follows) = (StreamReader(), [[UInt8]](), 0, true)
    for part in parts where follows {
      follows = part.withUnsafeBytes { bytes in
        reader.parse(bytes) { result in
          switch result {
          case .success(let packet): packets.append(packet)
          case .failure: refused += 1
          }
        }
      }
    }
    return (packets, refused, follows, reader.framing)
  }

  @Test(arguments: framings) func streamMaySplitAnywhere(framing: StreamFraming) throws {
    // Only packets that contain the bytes to be escaped, and others.
    let packets = try [
      OSCMessage("/a", [.blob([0xC0, 0xDB, 0xDC, 0xDD, 0xC0, 0xC0])]), OSCMessage("/patch/commit"),
      OSCMessage("/b", [.int32(-1), .blob([0xDB])]),
    ].map { try $0.encoded() }
    let stream = packets.flatMap { framing.framed($0) }
    for split in 0...stream.count {
      let result = read([Array(stream[..<split]), Array(stream[split...])])
      #expect(result.packets == packets && result.refused == 0 && result.follows && result.framing == framing)
    }
    #expect(read(stream.map { [$0] }).packets == packets)
  }

  @Test func invalidPacketSizeClosesTheStream() {
    for bad: [UInt8] in [[0, 0, 0, 0], [0, 0, 0, 7], [1, 0, 0, 4], [0x47, 0x45, 0x54, 0x20]] {
      let result = read([bad, [1, 2, 3, 4]])
      #expect(!result.follows && result.refused == 1 && result.packets.isEmpty)
    }
  }

  @Test func invalidSlipEscapeDropsOnePacket() {
    let result = read([[0xC0, 47, 0xDB, 1, 2, 3, 0xC0, 0xC0, 47, 97, 0, 0, 0xC0, 47, 0xDB, 0xC0, 47, 0xC0]])
    #expect(result.packets == [[47, 97, 0, 0], [47]])
    #expect(result.refused == 2 && result.follows)
  }

  @Test func garbageIsNotBuffered() {
    var reader = StreamReader()
    var refused = 0
    let chunk = [UInt8](repeating: 0xC0, count: 1) + [UInt8](repeating: 47, count: 1 << 20)
    for index in 0..<40 {
      (index == 0 ? chunk : Array(chunk.dropFirst())).withUnsafeBytes { bytes in
        _ = reader.parse(bytes) { if case .failure = $0 { refused += 1 } }
      }
      #expect(reader.held <= StreamReader.largest)
    }
    #expect(refused == 1 && reader.held == 0)
  }
}
