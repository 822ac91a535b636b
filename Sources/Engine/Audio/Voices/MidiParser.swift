// [audio] MIDI bytes to messages.

/// One message other than system exclusive: a status byte and up to two of data.
package struct MidiMessage: BitwiseCopyable, Sendable {
  package var status: UInt8
  package var first: UInt8
  package var second: UInt8

  /// 1 … 16; for channel messages only.
  var channel: UInt8 { status & 0x0f + 1 }
}

/// Parses MIDI bytes: running status, real-time messages inside others, system exclusive skipped. After damaged bytes
/// parsing resumes at the next status byte.
package struct MidiParser {
  /// The status that data bytes belong to; 0: none.
  private var status: UInt8 = 0
  private var first: UInt8 = 0
  private var hasFirst = false

  package init() {}

  /// Begins a new packet: a partial message is dropped, running status stays.
  package mutating func beginPacket() { hasFirst = false }

  /// - Returns: the message completed by this byte.
  package mutating func receive(_ byte: UInt8) -> MidiMessage? {
    if byte >= 0xf8 { return MidiMessage(status: byte, first: 0, second: 0) }
    if byte >= 0x80 {
      hasFirst = false
      // Data of a system exclusive message (0xf0), and data after its end (0xf7), is ignored.
      status = byte == 0xf0 || byte >= 0xf4 ? 0 : byte
      return nil
    }
    guard status != 0 else { return nil }
    let needsTwo = status < 0xc0 || status & 0xf0 == 0xe0 || status == 0xf2
    if needsTwo && !hasFirst {
      (first, hasFirst) = (byte, true)
      return nil
    }
    let message = MidiMessage(status: status, first: needsTwo ? first : byte, second: needsTwo ? byte : 0)
    hasFirst = false
    // System messages have no running status.
    if status >= 0xf0 { status = 0 }
    return message
  }
}
