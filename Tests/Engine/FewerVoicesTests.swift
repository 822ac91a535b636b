import Engine
import PatchKit
import Testing

/// The number of voices changes while they sound.
@Suite struct FewerVoicesTests {
  @Test func fewerVoicesKeepTheNotesThatFit() throws {
    let rig = try EngineRig.organ(voices: 16)
    for key in 60..<76 { rig.on(Float(key)) }
    rig.render(4_800)
    for key in 60..<74 { rig.off(Float(key)) }
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 2)
    try rig.patch.setVoices(4)
    try rig.commit()
    let sound = rig.render(16_384)[4_096...]
    #expect(rig.engine.soundingVoices == 2)
    #expect(level(sound, key: 74) > 0.4 && level(sound, key: 75) > 0.4)
    try rig.patch.setVoices(1)
    try rig.commit()
    rig.render(4_096)
    #expect(rig.engine.soundingVoices == 1)
    try rig.patch.setVoices(32)
    try rig.commit()
    rig.render(4_096)
    #expect(rig.engine.soundingVoices == 1)
    rig.play(.allOff)
    #expect(peak(rig.render(16_384)[8_192...]) == 0)
    #expect(rig.engine.soundingVoices == 0)
  }

  /// One voice is left: neither the held note nor the decaying ones are cut.
  @Test func reducingToOneVoiceCutsNoNote() throws {
    let params = [("glide", ParamValue.number(1))]
    let rig = try EngineRig.dyingAway(voices: 16, but: 50, params)
    let untouched = try EngineRig.dyingAway(voices: 16, but: 50, params)
    try rig.patch.setVoices(1)
    try rig.commit()
    #expect(difference(rig, untouched) == 0)
    #expect(rig.engine.soundingVoices == 16)
    #expect(level(rig.render(16_384)[0...], key: 50) > 0.04)
  }

  /// Released voices decay, whether they still count or not; the held note stays in its voice.
  @Test func reducingVoicesCutsNoNote() throws {
    let rig = try EngineRig.dyingAway(voices: 16, but: 50), untouched = try EngineRig.dyingAway(voices: 16, but: 50)
    try rig.patch.setVoices(4)
    try rig.commit()
    #expect(difference(rig, untouched) == 0)
    #expect(rig.engine.soundingVoices == 16)
    // An edit meanwhile, more voices again, and fewer.
    rig.create("elsewhere", "sine")
    try rig.commit()
    #expect(difference(rig, untouched) == 0)
    for voices in [8, 3] {
      try rig.patch.setVoices(voices)
      try rig.commit()
      #expect(difference(rig, untouched) == 0)
    }
    // New notes are allocated to the existing voices; the surplus held note is faded.
    for key in 60..<62 { rig.on(Float(key)) }
    rig.render(480_000)
    #expect(rig.engine.soundingVoices == 3 && !rig.plans.isSettled && !rig.plans.isBusy)
    for key in 62..<66 { rig.on(Float(key)) }
    rig.render(4_800)
    #expect(rig.engine.soundingVoices == 3 && rig.plans.isSettled)
    rig.play(.allOff)
    rig.render(480_000)
    #expect(rig.engine.soundingVoices == 0)
    #expect(rig.plans.isSettled && rig.plans.livePlanCount == 1)
  }

  private func difference(_ a: EngineRig, _ b: EngineRig) -> Float {
    peak(zip(a.render(9_600), b.render(9_600)).map { $0 - $1 })
  }

  /// A sound without an end is faded after a minute.
  @Test func endlessSoundOfARemovedVoiceIsFadedAfterAMinute() throws {
    let rig = EngineRig()
    try rig.patch.setVoices(8)
    rig.create("keys", "notes")
    rig.create("drone", "sine", [("gain", .number(0.1))])
    rig.connect("keys/pitch", "drone/frequency")
    try rig.commit()
    for key in 60..<68 { rig.on(Float(key)) }
    rig.render(4_800)
    rig.play(.allOff)
    rig.render(4_800)
    try rig.patch.setVoices(2)
    try rig.commit()
    let own = peak(steps(rig.render(48_000)))
    rig.render(58 * 48_000, period: 1_024)
    #expect(rig.engine.soundingVoices == 8)
    let end = rig.render(2 * 48_000)
    #expect(rig.engine.soundingVoices == 2)
    #expect(peak(steps(end)) <= own)
  }
}

extension EngineRig {
  /// An organ whose notes decay for seconds, all but one, which is held.
  fileprivate static func dyingAway(voices: Int, but held: Int, _ params: [(String, ParamValue)] = []) throws
    -> EngineRig
  {
    let rig = try organ(voices: voices, params)
    try rig.patch.setParam("env", "release", .number(4), in: registry)
    try rig.commit()
    let keys = 40..<40 + voices
    for key in keys { rig.on(Float(key), 0.1) }
    rig.render(60_000)
    for key in keys where key != held { rig.off(Float(key)) }
    rig.render(4_800)
    return rig
  }
}
