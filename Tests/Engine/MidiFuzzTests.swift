import Engine
import PatchKit
import TestSupport
import Testing

/// Any bytes at all.
@Suite struct MidiFuzzTests {
  /// Mostly valid messages, some of them damaged, in packets that are split anywhere.
  private func packet(_ random: inout SplitMix) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let kind = UInt8.random(in: 8...15, using: &random), channel = UInt8.random(in: 0...15, using: &random)
      let status = kind << 4 | (kind == 15 ? UInt8.random(in: 0...15, using: &random) : channel % 4)
      // All notes off only where the test sends it.
      let numbers: [UInt8] = [0, 1, 6, 6, 32, 38, 64, 66, 74, 96, 97, 98, 99, 100, 101, 101]
      let first = kind == 11 ? numbers.randomElement(using: &random)! : UInt8.random(in: 30...90, using: &random)
      bytes += [status, first, UInt8.random(in: 0...127, using: &random)]
    }
    switch Int.random(in: 0..<8, using: &random) {
    case 0: bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
    case 1: bytes.removeFirst(Int.random(in: 1..<bytes.count, using: &random))
    case 2: bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
    case 3: bytes.insert(0xf8, at: Int.random(in: bytes.indices, using: &random))
    default: break
    }
    return bytes
  }

  @Test(arguments: [(1, "poly"), (5, "poly"), (24, "poly"), (1, "last"), (4, "legato")])
  func noNoteOutlastsAllNotesOff(voices: Int, mode: String) throws {
    let rig = try EngineRig.organ(voices: voices, [("mode", .text(mode))])
    rig.create("c", "cc")
    rig.create("t", "clock", [("follow", .text("midi"))])
    try rig.commit()
    rig.render(640)
    var random = SplitMix(seed: UInt64(voices) * 17 + UInt64(mode.utf8.count))
    for round in 0..<60 {
      for _ in 0..<40 {
        for _ in 0..<Int.random(in: 0...8, using: &random) {
          rig.midi(packet(&random), after: Int.random(in: 0..<256, using: &random))
        }
        let sound = rig.render(Int.random(in: 1...300, using: &random), period: 256)
        #expect(sound.allSatisfy { $0.isFinite })
        #expect(rig.engine.soundingVoices <= voices)
      }
      // The rest of an exclusive message or a running status does not swallow it.
      // All Notes Off leaves notes to held pedals.
      for channel: UInt8 in 0..<16 {
        if round % 2 == 0 { rig.midi(0xb0 | channel, 64, 0, 66, 0, 123, 0) } else { rig.midi(0xb0 | channel, 120, 0) }
      }
      // Messages of later frames were queued before.
      rig.render(512, period: 512)
      let tail = rig.render(8_192)
      #expect(rig.engine.soundingVoices == 0 && peak(tail[6_000...]) == 0, "round \(round)")
    }
  }

  @Test func midiOverflowLosesNoNoteOff() throws {
    let rig = try EngineRig.organ(voices: 8)
    rig.render(64)
    for i in 0..<20_000 { rig.midi(i % 2 == 0 ? 0x90 : 0x80, UInt8(40 + i / 2 % 40), 100, after: i / 100) }
    for key: UInt8 in 40..<80 { rig.midi(0x80, key, 0, after: 220) }
    rig.render(9_600, period: 256)
    #expect(rig.engine.soundingVoices == 0)
    #expect(rig.engine.droppedCount > 0, "what is lost is counted")
  }
}
