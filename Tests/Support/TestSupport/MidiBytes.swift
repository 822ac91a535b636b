/// Standard MIDI files, byte by byte.
public enum MidiBytes {
  /// A variable-length quantity: groups of seven bits.
  public static func variable(_ number: Int) -> [UInt8] {
    var bytes = [UInt8(number & 0x7f)], rest = number >> 7
    while rest > 0 {
      bytes.insert(UInt8(rest & 0x7f | 0x80), at: 0)
      rest >>= 7
    }
    return bytes
  }

  private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    Array(name.utf8) + (0..<4).map { UInt8(truncatingIfNeeded: body.count >> (24 - 8 * $0)) } + body
  }

  /// A track of events, each with the ticks before it; its end is added.
  public static func track(_ events: [(ticks: Int, bytes: [UInt8])]) -> [UInt8] {
    chunk("MTrk", events.flatMap { variable($0.ticks) + $0.bytes } + [0, 0xff, 0x2f, 0])
  }

  public static func file(format: Int, ticksPerBeat: Int, _ tracks: [[UInt8]]) -> [UInt8] {
    let numbers = [format, tracks.count, ticksPerBeat].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
    return chunk("MThd", numbers) + tracks.flatMap { $0 }
  }

  public static func tempo(microseconds: Int) -> [UInt8] {
    [0xff, 0x51, 3] + (0..<3).map { UInt8(microseconds >> (16 - 8 * $0) & 0xff) }
  }
}
