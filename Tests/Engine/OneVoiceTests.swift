import Engine
import PatchKit
import TestSupport
import Testing

/// One voice becomes one of several, and several become one: the sound continues unchanged.
@Suite struct OneVoiceTests {
  /// A voice with everything that an edit could cut: an oscillator, a modulated filter, an envelope, a loop, an echo.
  ///
  /// It has played before, so that nothing of it is idle: idle voices are paused where there are several.
  private func instrument(voices: Int) throws -> EngineRig {
    let rig = EngineRig()
    try rig.patch.setVoices(voices)
    rig.create("keys", "notes", [("glide", .number(0.1))])
    rig.create("osc", "saw", [("gain", .number(0.3))])
    rig.create("lfo", "lfo", [("rate", .number(3.1))])
    rig.create("filt", "biquad", [("cutoff", .number(900)), ("q", .number(2))])
    rig.create("highpass", "biquad", [("mode", .text("highpass")), ("cutoff", .number(60))])
    rig.create("env", "adsr", [("attack", .number(0.02)), ("decay", .number(0.3)), ("release", .number(0.6))])
    rig.create("vca", "gain")
    rig.create("loop", "feedback")
    rig.create("echo", "delay", [("time", .number(0.11)), ("feedback", .number(0.5)), ("mix", .number(0.4))])
    rig.create("out", "output")
    for (from, to, amount) in [
      ("keys/pitch", "osc/frequency", 1), ("keys/gate", "env/gate", 1), ("osc", "filt", 1), ("env", "filt/cutoff", 2),
      ("lfo", "filt/cutoff", 0.3), ("filt", "highpass", 1), ("highpass", "vca", 1), ("env", "vca/gain", 1),
      ("vca", "loop", 1), ("loop", "vca", 0.2), ("vca", "echo", 1), ("echo", "out", 1),
    ] as [(String, String, Float)] { rig.connect(from, to, amount) }
    try rig.commit()
    rig.on(33)
    rig.render(768)
    rig.off(33)
    rig.render(4_032)
    return rig
  }

  /// Sets a parameter of the draft and of the sounding patch.
  private func setParameter(_ rig: EngineRig, _ node: String, _ param: String, _ value: Float, at frame: Int? = nil)
    throws
  {
    try rig.patch.setParam(node, param, .number(value), in: registry)
    rig.set(node, param, value, at: frame)
  }

  private func setVoices(_ voices: Int, _ rig: EngineRig, at frame: Int? = nil) throws {
    try rig.patch.setVoices(voices)
    try rig.commit(at: frame)
  }

  /// The difference of two sounds over the next frames, which should be equal.
  private func difference(_ a: EngineRig, _ b: EngineRig, _ frames: Int) -> Float {
    let x = a.render(frames), y = b.render(frames)
    #expect(peak(y) > 1e-3)
    return peak(zip(x, y).map { $0 - $1 })
  }

  /// The commit falls on no multiple of anything; the note is new, held, decaying, or an echo by then.
  @Test(arguments: [1_003, 9_601, 24_779, 60_005])
  func addingVoicesKeepsTheSound(when: Int) throws {
    let edited = try instrument(voices: 1), untouched = try instrument(voices: 1)
    for rig in [edited, untouched] {
      rig.on(57, at: 4_900)
      rig.off(57, at: 24_001)
      try setParameter(rig, "filt", "q", 3, at: 4_800 + when - 30)
    }
    try setVoices(8, edited, at: 4_800 + when)
    #expect(difference(edited, untouched, 96_000) < 2e-5)
    #expect(edited.sounding.last?.frame == 4_800 + when)
  }

  /// A parameter keeps moving, and can be set, at either width.
  @Test func parameterRampsContinueAtAnotherWidth() throws {
    let edited = try instrument(voices: 1), untouched = try instrument(voices: 1)
    for rig in [edited, untouched] {
      rig.on(45)
      rig.render(9_600)
      try setParameter(rig, "filt", "cutoff", 4_000, at: rig.engine.frame + 1_500)
    }
    let start = edited.engine.frame
    try setVoices(8, edited, at: start + 1_777)
    for rig in [edited, untouched] { try setParameter(rig, "osc", "gain", 0.1) }
    #expect(difference(edited, untouched, 1_792) < 2e-5)
    #expect(edited.sounding.last?.frame == start + 1_777)
    for rig in [edited, untouched] { try setParameter(rig, "filt", "cutoff", 300) }
    #expect(difference(edited, untouched, 24_000) < 2e-5)
  }

  @Test func noteParameterContinuesAtAnotherWidth() throws {
    let edited = try instrument(voices: 1), untouched = try instrument(voices: 1)
    for rig in [edited, untouched] {
      rig.on(45)
      rig.render(9_600)
      try rig.setParameter("filt", "cutoff", to: 3_000, forKey: 45)
      rig.render(4_800)
    }
    let start = edited.engine.frame
    try setVoices(8, edited, at: start + 1_001)
    for (before, value) in [(0, 400), (2_400, 2_000), (9_600, 500)] as [(Int, Float)] {
      if before > 0 { #expect(difference(edited, untouched, before) < 2e-5) }
      for rig in [edited, untouched] { try rig.setParameter("filt", "cutoff", to: value, forKey: 45) }
    }
    #expect(difference(edited, untouched, 24_000) < 2e-5)
    #expect(edited.engine.droppedCount == 0)
  }

  @Test func notesAfterAddingVoicesGetTheirOwnVoices() throws {
    let rig = try EngineRig.organ(voices: 1)
    rig.on(57)
    rig.render(9_600)
    try setVoices(8, rig)
    for key in [60, 64, 69] as [Float] { rig.on(key) }
    let sound = rig.render(9_600)[1_024...]
    for key in [57, 60, 64, 69] as [Float] { #expect(level(sound, key: key) > 0.4) }
    #expect(rig.engine.soundingVoices == 4)
    rig.play(.allOff)
    rig.render(48_000)
    #expect(rig.engine.soundingVoices == 0 && rig.plans.isSettled && rig.plans.livePlanCount == 1)
  }

  /// Of several voices: decaying ones decay, the held one continues in place.
  @Test func reducingToOneVoiceKeepsTheSound() throws {
    let edited = try instrument(voices: 8), untouched = try instrument(voices: 8)
    for rig in [edited, untouched] {
      for key in [45, 52, 57, 61] as [Float] { rig.on(key, 0.5) }
      rig.render(9_600)
      for key in [45, 52, 61] as [Float] { rig.off(key) }
      rig.render(4_800)
    }
    try setVoices(1, edited)
    #expect(difference(edited, untouched, 48_000) == 0)
    for rig in [edited, untouched] { rig.off(57) }
    #expect(difference(edited, untouched, 48_000) == 0)
  }

  /// Back and forth, faster than ramps arrive.
  @Test(arguments: [16, 64, 333, 5_000]) func repeatedVoiceCountChangesKeepTheSound(gap: Int) throws {
    let edited = try instrument(voices: 1), untouched = try instrument(voices: 1)
    for rig in [edited, untouched] {
      rig.on(50)
      rig.render(12_000)
    }
    var worst: Float = 0
    for (i, voices) in [8, 1, 20, 1, 3, 1, 16, 2].enumerated() {
      try setVoices(voices, edited)
      worst = max(worst, difference(edited, untouched, gap))
      if i == 3 { for rig in [edited, untouched] { rig.off(50) } }
    }
    worst = max(worst, difference(edited, untouched, 48_000))
    #expect(worst < 2e-5)
  }

  /// One voice that was one of several plays as one that was always alone.
  @Test func remainingVoiceEqualsASingleVoice() throws {
    let edited = try instrument(voices: 8), alone = try instrument(voices: 1)
    try setVoices(1, edited)
    edited.render(960)
    alone.render(960)
    for rig in [edited, alone] {
      let start = rig.engine.frame
      for (i, key) in [57, 60, 60, 45].enumerated() {
        rig.on(Float(key), at: start + 7_000 * i)
        if i != 2 { rig.off(Float(key), at: start + 7_000 * i + 7_500) }
      }
    }
    #expect(difference(edited, alone, 96_000) < 2e-5)
  }

  /// More notes than voices: a surplus held note is faded for the next.
  @Test func surplusHeldNoteIsStolenFirst() throws {
    let rig = try EngineRig.organ(voices: 8)
    for key in 60..<64 { rig.on(Float(key)) }
    rig.render(4_800)
    for key in 60..<63 { rig.off(Float(key)) }
    rig.render(9_600)
    try rig.patch.setVoices(1)
    try rig.commit()
    #expect(level(rig.render(9_600)[0...], key: 63) > 0.4)
    rig.on(70)
    let own = peak(steps(rig.render(9_600)[4_800...].map { $0 }))
    #expect(rig.engine.soundingVoices == 1)
    #expect(level(rig.render(9_600)[0...], key: 70) > 0.4 && level(rig.render(9_600)[0...], key: 63) < 0.01)
    #expect(own < 0.1)
  }

  /// Copying a long line takes several periods, and keeps the real-time rules.
  @Test func longDelayLinesAreCopiedAhead() throws {
    #expect(realtimeIsChecked)
    let rig = try instrument(voices: 1)
    rig.on(57)
    rig.render(48_000)
    try setVoices(8, rig)
    var sound = [Float](repeating: 0, count: 128), violations = 0, periods = 0
    while rig.sounding.count < 2, periods < 1_000 {
      sound.withUnsafeMutableBufferPointer { sound in
        let channels: [UnsafeMutablePointer<Float>?] = [sound.baseAddress!, sound.baseAddress! + 64]
        violations += channels.withUnsafeBufferPointer { channels in
          realtimeViolations { rig.engine.render(inputs: nil, outputs: channels.baseAddress!, frames: 64) }
        }
      }
      rig.plans.tick()
      periods += 1
    }
    // Four seconds of echo at 256 words a frame.
    #expect((12...14).contains(periods), "\(periods)")
    #expect(violations == 0)
  }
}
