import Engine
import Foundation
import PatchKit
import Testing

/// Tunings in the sound.
@Suite struct TuningPlayTests {
  private static let tunings = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Patches/tunings").path

  /// The level of a frequency, in a chord of organ pipes of 0.5.
  private func heard(_ rig: EngineRig, _ pitch: Double) -> Double {
    level(rig.render(16_384)[4_096...], key: Float(69 + 12 * pitch))
  }

  @Test func newNotesFollowTheTuningAndSoundingOnesStay() throws {
    let rig = try EngineRig.organ(voices: 4)
    rig.on(64)
    rig.render(64)
    rig.patch.tuning = try Tuning(scale: "just.scl", in: Self.tunings)
    try rig.commit()
    #expect(heard(rig, -5.0 / 12) > 0.48)
    rig.off(64)
    rig.render(9_600)
    rig.on(64)
    #expect(heard(rig, -0.428072) > 0.48)
    rig.off(64)
    rig.render(9_600)
    // Between two keys; and without the tuning again.
    rig.on(64.5)
    #expect(heard(rig, (-0.428072 + -0.334963) / 2) > 0.48)
    rig.patch.tuning = nil
    try rig.commit()
    rig.on(60)
    #expect(heard(rig, -0.75) > 0.48)
  }

  /// The real-time tuning of single keys, of the MIDI tuning standard: new notes, and those that sound.
  @Test(arguments: [[UInt8](arrayLiteral: 0x02, 0), [0x07, 0, 0]])
  func midiTunesSingleKeys(_ form: [UInt8]) throws {
    let rig = try EngineRig.organ(voices: 4)
    rig.midi([0x90, 60, 127])
    #expect(heard(rig, -0.75) > 0.48)
    // Key 60 to 60.5, 64 to 63.25; 67 unchanged; a clock tick within.
    rig.midi(
      [0xf0, 0x7f, 0x10, 0x08] + form + [3, 60, 60, 0x40, 0, 64, 63, 0xf8, 0x20, 0, 67, 0x7f, 0x7f, 0x7f, 0xf7])
    #expect(heard(rig, -8.5 / 12) > 0.48)
    rig.midi([0x80, 60, 0])
    rig.render(9_600)
    rig.midi([0x90, 64, 127])
    #expect(heard(rig, -5.75 / 12) > 0.48)
    rig.midi([0x80, 64, 0])
    rig.render(9_600)
    rig.midi([0x90, 67, 127])
    #expect(heard(rig, -2.0 / 12) > 0.48)
    rig.midi([0x80, 67, 0])
    // Other exclusive messages, and one that ends early, tune nothing.
    for bytes: [UInt8] in [
      [0x7e, 0, 8, 2, 0, 1, 69, 80, 0, 0], [0x7f, 0, 8, 1, 0, 1, 69, 80, 0, 0], [0x7f, 0, 8, 2, 0, 1, 69, 80],
    ] {
      rig.midi([0xf0] + bytes + [0xf7])
    }
    rig.render(9_600)
    rig.midi([0x90, 69, 127])
    #expect(heard(rig, 0) > 0.48)
    #expect(rig.engine.droppedCount == 0)
  }

  @Test func concertPitchMovesAllKeys() throws {
    let rig = try EngineRig.organ(voices: 2, [("concert", .number(415))])
    rig.on(69)
    #expect(heard(rig, log2(415.0 / 440)) > 0.48)
    rig.set("keys", "concert", 466)
    rig.on(57)
    #expect(heard(rig, log2(466.0 / 440) - 1) > 0.48)
  }

  @Test func aSilentKeyPlaysNothing() throws {
    let rig = try EngineRig.organ(voices: 4)
    rig.patch.tuning = try Tuning(scale: "seven.scl", keyboard: "white.kbm", in: Self.tunings)
    try rig.commit()
    rig.render(64)
    rig.on(61)
    rig.render(4_800)
    #expect(rig.engine.soundingVoices == 0)
    rig.on(62)
    #expect(heard(rig, -0.597901) > 0.48)
  }

  @Test func glideConnectsTunedPitches() throws {
    let rig = try EngineRig.organ(voices: 4, [("glide", .number(0.2)), ("mode", .text("legato"))])
    rig.patch.tuning = try Tuning(scale: "bohlen-pierce.scl", in: Self.tunings)
    try rig.commit()
    rig.on(60)
    rig.render(9_600)
    rig.on(73)
    rig.render(10_000)
    #expect(heard(rig, -0.75 + log2(3)) > 0.48)
    rig.off(73)
    rig.render(10_000)
    #expect(heard(rig, -0.75) > 0.48)
  }
}
