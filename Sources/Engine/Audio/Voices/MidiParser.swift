// [audio] MIDI bytes to messages.

/// One message that is not exclusive: a status byte and up to two of data.
package struct MidiMessage: BitwiseCopyable, Sendable {
  package var status: UInt8
  package var first: UInt8
  package var second: UInt8

  /// 1 … 16; only for messages of channels.
  var channel: UInt8 { status & 0x0f + 1 }
}

/// Puts messages together byte by byte: running status, messages of real time in the midst of others, exclusive ones
/// passed over. What is damaged is left out, and what follows is understood again from the next status on.
package struct MidiParser {
  /// What data bytes belong to; 0: to nothing.
  private var status: UInt8 = 0
  private var first: UInt8 = 0
  private var hasFirst = false

  package init() {}

  /// What comes next is another packet: half a message is lost, its status still runs.
  package mutating func beginPacket() { hasFirst = false }

  /// - Returns: the message that this byte completes.
  package mutating func receive(_ byte: UInt8) -> MidiMessage? {
    if byte >= 0xf8 { return MidiMessage(status: byte, first: 0, second: 0) }
    if byte >= 0x80 {
      hasFirst = false
      // The data of an exclusive message (0xf0) is nobody's, as is that after its end (0xf7).
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
    // Messages of the system do not run on.
    if status >= 0xf0 { status = 0 }
    return message
  }
}
