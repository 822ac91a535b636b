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

  @Test func midiFileTemposHaveTheirBeats() throws {
    func tempo(_ seconds: Double, _ beat: Double, _ perMinute: Double, _ perBar: Double = 4) -> MidiFile.Tempo {
      MidiFile.Tempo(seconds: seconds, beat: beat, beatsPerMinute: perMinute, beatsPerBar: perBar)
    }
    #expect(try MidiFile(Self.song).tempos == [tempo(0, 0, 120), tempo(0.5, 1, 240), tempo(0.75, 2, 60)])
    // 6/8 has three quarters; the second piece of format 2 begins with a tempo of its own.
    let pieces = MidiBytes.file(
      format: 2, ticksPerBeat: 96,
      [
        MidiBytes.track([
          (0, [0xff, 0x58, 4, 6, 3, 24, 8]), (0, MidiBytes.tempo(microseconds: 1_000_000)), (192, [0x90, 60, 1]),
        ]), MidiBytes.track([(96, [0x80, 60, 0])]),
      ])
    #expect(try MidiFile(pieces).tempos == [tempo(0, 0, 60, 3), tempo(2, 2, 120)])
  }

  @Test func midiFileOfOneTrack() throws {
    let bytes = MidiBytes.file(
      format: 0, ticksPerBeat: 480,
      [MidiBytes.track([(240, [0x93, 1, 2]), (0, [0xe3, 0, 64]), (480, [0x83, 1, 2])])])
    #expect(try MidiFile(bytes).events.map(\.seconds) == [0.25, 0.25, 0.75])
  }

  /// Whatever can be played is played; what is wrong is said, with the byte where it is.
  @Test func midiFileDamageIsRepairedAndReported() {
    let whole = try! MidiFile(Self.song).events.count
    func read(_ change: (inout [UInt8]) -> Void) -> (count: Int, text: String) {
      var bytes = Self.song
      change(&bytes)
      do {
        let file = try MidiFile(bytes)
        return (file.events.count, file.repairs.joined(separator: "; "))
      } catch {
        return (-1, "\(error.code) \(error.message)")
      }
    }
    func expect(
      _ count: Int, _ text: String, _ place: SourceLocation = #_sourceLocation, _ change: (inout [UInt8]) -> Void
    ) {
      let result = read(change)
      #expect(
        result.count == count && (text.isEmpty ? result.text.isEmpty : result.text.contains(text)), "\(result)",
        sourceLocation: place)
    }
    #expect(read { _ in } == (whole, ""))
    expect(-1, "MThd") { $0 = [] }
    expect(-1, "format 3") { $0[9] = 3 }
    expect(-1, "no ticks") { $0[13] = 0 }
    expect(-1, "17 film frames") { $0[12] = 0xef }
    expect(whole, "format 0 has one track, not 2") { $0[9] = 0 }
    expect(whole, "2 of its 3 tracks") { $0[11] = 3 }
    expect(whole, "2 tracks and announces 1") { $0[11] = 1 }
    expect(whole, "5 bytes are no MIDI") { $0 = [1, 2, 3, 4, 5] + $0 }
    // Without the ends of the tracks.
    expect(whole, "track 2 has no end") { $0.removeLast(4) }
    expect(whole - 1, "cut off") { $0.removeLast(5) }
    // An empty track, before and behind.
    let empty = Array("MTrk".utf8) + [0, 0, 0, 0]
    expect(whole, "track 3 has no end") {
      $0[11] = 3
      $0 += empty
    }
    expect(whole, "track 1 has no end") {
      $0[11] = 3
      $0.insert(contentsOf: empty, at: 14)
    }
    // A longer header.
    expect(whole, "") {
      $0[7] = 8
      $0.insert(contentsOf: [0, 0], at: 14)
    }
    func track(_ events: [(Int, [UInt8])]) -> [UInt8] {
      MidiBytes.file(format: 0, ticksPerBeat: 96, [MidiBytes.track(events.map { (ticks: $0.0, bytes: $0.1) })])
    }
    expect(-1, "byte 23: an event begins with 60") { $0 = track([(0, [60, 0])]) }
    expect(1, "byte 23: an event begins with 60") { $0 = track([(0, [60, 0]), (0, [0x90, 60, 1])]) }
    // Running status behind a text and a system message.
    expect(2, "byte 32: running status") { $0 = track([(0, [0x90, 60, 1]), (1, [0xff, 1, 1, 65]), (1, [60, 0])]) }
    expect(2, "byte 31: running status") { $0 = track([(0, [0x90, 60, 1]), (1, [0xf0, 1, 0xf7]), (1, [60, 0])]) }
    // A status where a value belongs.
    expect(1, "byte 24: the value 145") { $0 = track([(0, [0x90, 0x91, 60, 1])]) }
    expect(1, "message f2") { $0 = track([(0, [0xf2, 1, 2]), (0, [0x91, 60, 1])]) }
    expect(1, "a tempo that is none") { $0 = track([(0, [0xff, 0x51, 3, 0, 0, 0]), (0, [0x91, 60, 1])]) }
    expect(1, "no legal time") { $0 = track([(0, [0x91, 60, 1])]).dropLast(4) + [255, 255, 255, 255] }
  }

  @Test func midiFileWithFilmFramesHasNoTempo() throws {
    var bytes = MidiBytes.file(
      format: 0, ticksPerBeat: 96,
      [MidiBytes.track([(0, MidiBytes.tempo(microseconds: 100_000)), (1_000, [0x90, 60, 1]), (500, [0x80, 60, 0])])])
    (bytes[12], bytes[13]) = (UInt8(256 - 25), 40)
    #expect(try MidiFile(bytes).events.map(\.seconds) == [1, 1.5])
    bytes[12] = UInt8(256 - 29)
    #expect(abs(try MidiFile(bytes).events[0].seconds - 1_000 / (40 * 30_000 / 1_001.0)) < 1e-9)
  }

  @Test func midiFileOfFormat2PlaysOneTrackAfterTheOther() throws {
    let part = MidiBytes.track([(96, [0x90, 60, 1]), (96, [0x80, 60, 0])])
    let fast = MidiBytes.track([
      (0, MidiBytes.tempo(microseconds: 250_000)), (96, [0x90, 62, 1]), (96, [0x80, 62, 0]),
    ])
    let file = try MidiFile(MidiBytes.file(format: 2, ticksPerBeat: 96, [part, fast, part]))
    #expect(file.events.map(\.seconds) == [0.5, 1, 1.25, 1.5, 2, 2.5] && file.seconds == 2.5)
  }

  @Test func midiFileInRIFFIsRead() throws {
    let size = (0..<4).map { UInt8(Self.song.count >> (8 * $0) & 0xff) }
    let riff = Array("RIFF".utf8) + size + Array("RMIDdata".utf8) + size + Self.song
    let file = try MidiFile(riff)
    #expect(file.events.count == 5 && file.repairs.isEmpty)
  }

  /// Arbitrary bytes are read or refused.
  @Test func randomBytesAsMidiFileAreReadOrRefused() {
    var random = SystemRandomNumberGenerator()
    for length in 0..<Self.song.count {
      let file = try? MidiFile(Array(Self.song.prefix(length)))
      #expect(file == nil || !file!.events.isEmpty && !file!.repairs.isEmpty, "\(length)")
    }
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
