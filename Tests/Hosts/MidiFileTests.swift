import Hosts
import PatchKit
import TestSupport
import Testing

@Suite struct MidiFileTests {
  /// Two tracks, three tempos, running status, a long text, a system message.
  static let song = MidiBytes.file(
    format: 1, ticksPerBeat: 96,
    [
      MidiBytes.track([
        (0, MidiBytes.tempo(microseconds: 500_000)), (96, MidiBytes.tempo(microseconds: 250_000)),
        (96, MidiBytes.tempo(microseconds: 1_000_000)),
        (0, [0xff, 0x01] + MidiBytes.variable(300) + Array(repeating: 0x41, count: 300)),
      ]),
      MidiBytes.track([
        (48, [0x90, 60, 100]), (48, [60, 0]), (48, [64, 100]), (0, [0xf0, 3, 1, 2, 0xf7]), (48, [0x80, 64, 0]),
        (96, [0xc2, 7]),
      ]),
    ])

  @Test func midiFileTimesFollowTheTempo() throws {
    let file = try MidiFile(Self.song)
    #expect(
      file.events.map(\.message) == [[0x90, 60, 100], [0x90, 60, 0], [0x90, 64, 100], [0x80, 64, 0], [0xc2, 7]])
    #expect(file.events.map(\.seconds) == [0.25, 0.5, 0.625, 0.75, 1.75])
    #expect(file.seconds == 1.75)
  }

  @Test func midiFileOfOneTrack() throws {
    let bytes = MidiBytes.file(
      format: 0, ticksPerBeat: 480,
      [MidiBytes.track([(240, [0x93, 1, 2]), (0, [0xe3, 0, 64]), (480, [0x83, 1, 2])])])
    #expect(try MidiFile(bytes).events.map(\.seconds) == [0.25, 0.25, 0.75])
  }

  /// Errors name the problem and its byte offset.
  @Test func damagedMidiFilesGiveTheOffset() {
    func message(_ change: (inout [UInt8]) -> Void) -> String {
      var bytes = Self.song
      change(&bytes)
      do {
        _ = try MidiFile(bytes)
        return "read"
      } catch {
        return "\(error.code) \(error.message)"
      }
    }
    #expect(message { _ in } == "read")
    #expect(message { $0 = [] }.contains("MThd"))
    #expect(message { $0[9] = 2 }.contains("format 2"))
    #expect(message { $0[9] = 0 }.contains("one track"))
    #expect(message { $0[11] = 3 }.contains("2 of its 3 tracks"))
    #expect(message { $0[12] = 0xe7 }.contains("film frames"))
    #expect(message { $0[13] = 0 }.contains("no ticks"))
    #expect(message { $0.removeLast(9) }.contains("chunk"))
    #expect(message { $0[$0.count - 2] = 0x2e }.contains("no end"))
    #expect(
      message {
        $0[25] = 0; $0[26] = 0; $0[27] = 0; $0[28] = 0
      }.contains("byte"))
    #expect(
      message { $0 = MidiBytes.file(format: 0, ticksPerBeat: 1, [MidiBytes.track([(0, [60, 0])])]) }.contains("byte 23")
    )
  }

  /// Arbitrary bytes are read or refused.
  @Test func randomBytesAsMidiFileAreReadOrRefused() {
    var random = SystemRandomNumberGenerator(), refused = 0
    for length in 0..<Self.song.count where (try? MidiFile(Array(Self.song.prefix(length)))) == nil { refused += 1 }
    #expect(refused == Self.song.count)
    for _ in 0..<20_000 {
      var bytes = Self.song
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[at] = .random(in: 0...255, using: &random)
        case 1: bytes.insert(.random(in: 0...255, using: &random), at: at)
        case 2: bytes.remove(at: at)
        default: bytes[at] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
        }
      }
      guard let file = try? MidiFile(bytes) else { continue }
      for (event, next) in zip(file.events, file.events.dropFirst()) where next.seconds < event.seconds {
        Issue.record("times go back: \(bytes)")
        return
      }
    }
  }
}
