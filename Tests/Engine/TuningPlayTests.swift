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
