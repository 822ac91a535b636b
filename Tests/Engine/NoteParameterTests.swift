import Engine
import TestSupport
import Testing

extension EngineRig {
  /// Sets a parameter for the notes of a key alone.
  func setParameter(_ id: String, _ param: String, to value: Float, forKey key: Float, at frame: Int? = nil) throws {
    let port = registry[patch.nodes[id]!.type]!.input(named: param)!
    if plans.enableNoteValues(node: serials[id]!, port: port) { try commit() }
    #expect(plans.setParameter(node: serials[id]!, port: port, to: value, for: NoteEvent(.timbre, key: key), at: frame))
  }
}

@Suite struct NoteParameterTests {
  @Test func parameterOfOneNoteOfAChord() throws {
    let rig = try EngineRig.organ(voices: 16)
    for key: Float in [60, 64, 67] { rig.on(key, at: 0) }
    rig.render(4_800)
    try rig.setParameter("osc", "gain", to: 0.1, forKey: 64)
    let sound = rig.render(9_600)[1_600...]
    #expect(abs(level(sound, key: 60) - 0.5) < 0.01)
    #expect(abs(level(sound, key: 64) - 0.1) < 0.01)
    #expect(abs(level(sound, key: 67) - 0.5) < 0.01)
    // An input with a cable, too: the base of the cable's octaves.
    try rig.setParameter("osc", "frequency", to: 880, forKey: 67)
    let higher = rig.render(9_600)[1_600...]
    #expect(abs(level(higher, key: 79) - 0.5) < 0.01)
    #expect(level(higher, key: 67) < 0.01)
    #expect(abs(level(higher, key: 60) - 0.5) < 0.01)
  }

  /// The first per-note value at all, for the note that begins at that frame.
  @Test(arguments: [1, 8], [1, 15, 64, 1_024])
  func noteBeginsWithItsOwnParameterValue(voices: Int, period: Int) throws {
    func sound(_ gain: Float, own: Float?) throws -> [Float] {
      let rig = try EngineRig.organ(voices: voices)
      rig.set("osc", "gain", gain)
      rig.render(4_800, period: period)
      if let own {
        rig.on(69, at: 6_001)
        try rig.setParameter("osc", "gain", to: own, forKey: 69, at: 6_001)
      } else {
        rig.on(69, at: 6_001)
      }
      return rig.render(9_600, period: period)
    }
    let own = try sound(0.5, own: 0.2), wanted = try sound(0.2, own: nil)
    #expect(peak(wanted) > 0.15)
    #expect(zip(own, wanted).allSatisfy { abs($0 - $1) <= 1e-7 })
  }

  @Test(arguments: [1, 8]) func nextNoteOfTheVoiceHasTheSharedParameter(voices: Int) throws {
    let rig = try EngineRig.organ(voices: voices)
    rig.on(69, at: 0)
    rig.render(4_800)
    try rig.setParameter("osc", "gain", to: 0.1, forKey: 69)
    #expect(abs(level(rig.render(9_600)[4_800...], key: 69) - 0.1) < 0.01)
    // Struck again while it sounds, and once more after a rest.
    rig.on(69)
    #expect(abs(level(rig.render(9_600)[4_800...], key: 69) - 0.5) < 0.01)
    rig.off(69)
    rig.render(24_000)
    rig.on(69)
    #expect(abs(level(rig.render(9_600)[4_800...], key: 69) - 0.5) < 0.01)
  }

  @Test func sharedParameterMovesTheOtherNotes() throws {
    let rig = try EngineRig.organ(voices: 8)
    rig.on(60, at: 0)
    rig.on(67, at: 0)
    rig.render(4_800)
    try rig.setParameter("osc", "gain", to: 0.3, forKey: 67)
    rig.set("osc", "gain", 0.1)
    let sound = rig.render(14_400)[4_800...]
    #expect(abs(level(sound, key: 60) - 0.1) < 0.01)
    #expect(abs(level(sound, key: 67) - 0.3) < 0.01)
  }

  @Test func noteParameterChangeDoesNotClick() throws {
    let rig = try EngineRig.organ(voices: 8)
    rig.on(69, at: 0)
    rig.render(4_800)
    var last = rig.render(64).last!, steepest: Float = 0
    for (i, gain) in [0, 0.5, 0.1, 0.4, 0.5].enumerated() {
      try rig.setParameter("osc", "gain", to: Float(gain), forKey: 69)
      for value in rig.render(i == 3 ? 100 : 2_400) {
        steepest = max(steepest, abs(value - last))
        last = value
      }
    }
    // A sine of 440 Hz at full gain, and half of full scale within 5 ms.
    let allowed: Float = 0.5 * 2 * .pi * 440 / 48_000 + 0.5 / 240 + 0.001
    #expect(steepest < allowed)
  }

  @Test(arguments: [1, 8]) func resumedHeldNoteKeepsItsParameter(voices: Int) throws {
    let rig = try EngineRig.organ(voices: voices, [("mode", .text("last"))])
    rig.on(60, at: 0)
    rig.render(4_800)
    try rig.setParameter("osc", "gain", to: 0.1, forKey: 60)
    rig.render(4_800)
    rig.on(67)
    #expect(abs(level(rig.render(9_600)[4_800...], key: 67) - 0.5) < 0.01)
    rig.off(67)
    #expect(abs(level(rig.render(9_600)[4_800...], key: 60) - 0.1) < 0.01)
  }

  @Test func noteParameterSurvivesAddedVoices() throws {
    let rig = try EngineRig.organ(voices: 8)
    rig.on(60)
    rig.render(4_800)
    try rig.setParameter("osc", "gain", to: 0.1, forKey: 60)
    rig.render(4_800)
    try rig.patch.setVoices(32)
    try rig.commit()
    for key: Float in [62, 64, 65, 67, 69, 71, 72, 74, 76, 77] { rig.on(key) }
    rig.render(4_800)
    try rig.setParameter("osc", "gain", to: 0.02, forKey: 77)
    let sound = rig.render(19_200)[9_600...]
    #expect(abs(level(sound, key: 60) - 0.1) < 0.01)
    #expect(abs(level(sound, key: 76) - 0.5) < 0.01)
    #expect(abs(level(sound, key: 77) - 0.02) < 0.01)
  }

  @Test func noteParametersAreRealtimeSafe() throws {
    let rig = try EngineRig.organ(voices: 16)
    for key: Float in [60, 64, 67] { rig.on(key) }
    rig.render(640)
    try rig.setParameter("osc", "gain", to: 0.2, forKey: 64)
    try rig.setParameter("osc", "frequency", to: 880, forKey: 67)
    var sound: [Float] = []
    #expect(realtimeViolationsOfRender(rig, 6_400, &sound) == 0)
    #expect(abs(level(sound[3_200...], key: 64) - 0.2) < 0.01)
  }
}
