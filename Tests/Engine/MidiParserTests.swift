import Engine
import Testing

/// MIDI bytes to messages.
@Suite struct MidiParserTests {
  private func messages(_ packets: [UInt8]...) -> [[UInt8]] {
    var parser = MidiParser(), messages: [[UInt8]] = []
    for packet in packets {
      parser.beginPacket()
      for byte in packet {
        if let message = parser.receive(byte) { messages.append([message.status, message.first, message.second]) }
      }
    }
    return messages
  }

  @Test func runningStatusRepeatsTheLastStatus() {
    #expect(messages([0x90, 60, 100, 62, 90, 64, 0]) == [[0x90, 60, 100], [0x90, 62, 90], [0x90, 64, 0]])
    #expect(messages([0xb0, 7, 1], [7, 2]) == [[0xb0, 7, 1], [0xb0, 7, 2]], "from packet to packet")
  }

  @Test func messagesWithOneDataByteAreComplete() {
    #expect(messages([0xc3, 5, 6, 0xd0, 80]) == [[0xc3, 5, 0], [0xc3, 6, 0], [0xd0, 80, 0]])
  }

  @Test func realtimeMessagesMayStandInsideOthers() {
    #expect(
      messages([0x90, 60, 0xf8, 100, 0xfe, 62, 1]) == [[0xf8, 0, 0], [0x90, 60, 100], [0xfe, 0, 0], [0x90, 62, 1]])
  }

  @Test func systemExclusiveIsSkippedAndEndsRunningStatus() {
    #expect(messages([0x90, 60, 1, 0xf0, 1, 2, 3, 0xf7, 60, 1, 0x80, 60, 0]) == [[0x90, 60, 1], [0x80, 60, 0]])
    #expect(messages([0xf0, 1, 0xf8, 2, 0xf7]) == [[0xf8, 0, 0]], "real-time messages inside it count")
  }

  @Test func systemCommonMessagesHaveNoRunningStatus() {
    #expect(messages([0xf2, 1, 2, 3, 4]) == [[0xf2, 1, 2]])
    #expect(messages([0xf3, 9, 8]) == [[0xf3, 9, 0]])
  }

  @Test func damagedBytesCostOneMessage() {
    #expect(messages([60, 100, 0x90, 60]) == [], "data without a status, and half a message")
    #expect(messages([0x90, 60, 0x90, 61, 7]) == [[0x90, 61, 7]])
    #expect(messages([0x90, 60], [100, 61, 7]) == [[0x90, 100, 61]], "a packet never continues a half message")
  }
}
