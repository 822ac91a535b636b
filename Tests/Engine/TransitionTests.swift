import Engine
import PatchKit
import Testing

/// Every kind of edit on a sounding patch, compared with the ideal edit.
@Suite struct TransitionTests {
  /// Constant tones into an output: the sound is a constant, so every click shows.
  private func rig(voices: Int = 1) throws -> EngineRig {
    let rig = EngineRig()
    try rig.patch.setVoices(voices)
    rig.create("a", "math", [("b", .number(0.5))])
    rig.create("b", "math", [("b", .number(0.25))])
    rig.create("vca", "gain")
    rig.create("out", "output")
    rig.connect("a", "vca")
    rig.connect("vca", "out")
    try rig.commit()
    rig.render(960)
    return rig
  }

  /// The steepest step that a ramp of 5 ms between two levels makes.
  private func slope(_ height: Float) -> Float { height / 240 * 1.001 + 1e-6 }

  private func expect(
    _ sound: [Float], from: Float, to: Float, within extra: Float = 1, _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(abs(sound[0] - from) <= slope(abs(to - from) * extra), sourceLocation: location)
    #expect(abs(sound.last! - to) < 1e-6, sourceLocation: location)
    #expect(peak(steps(sound)) <= slope(max(abs(to - from), 1e-3) * extra), sourceLocation: location)
  }

  @Test func amountsRamp() throws {
    let rig = try rig()
    rig.connect("vca", "out", 0.2)
    try rig.commit()
    expect(rig.render(960), from: 0.5, to: 0.1)
  }

  @Test func secondOutputCableCrossfades() throws {
    let rig = try rig()
    rig.connect("b", "out/right")
    try rig.commit()
    let (left, right) = rig.renderStereo(1_920)
    expect(left, from: 0.5, to: 0.5)
    expect(right, from: 0.5, to: 0.25, within: 2)
  }

  @Test func replacingAnOutputByAnotherFades() throws {
    let rig = try rig()
    rig.create("out2", "output")
    rig.connect("vca", "out2")
    rig.delete("out")
    try rig.commit()
    expect(rig.render(960), from: 0.5, to: 0.5)
  }

  @Test func explicitOutputReplacesTheImpliedOne() throws {
    let rig = EngineRig()
    rig.create("a", "math", [("b", .number(0.5))])
    try rig.commit()
    rig.render(960)
    rig.create("out", "output", [("level", .number(0.5))])
    rig.connect("a", "out")
    try rig.commit()
    expect(rig.render(960), from: 0.5, to: 0.25)
  }

  @Test func anotherModuleUnderTheSameNameIsACrossfade() throws {
    let rig = try rig()
    rig.delete("vca")
    rig.create("vca", "biquad")
    rig.connect("a", "vca")
    rig.connect("vca", "out")
    try rig.commit()
    let sound = rig.render(2_400)
    #expect(peak(steps(sound)) < 0.01)
    #expect(abs(sound.last! - 0.5) < 1e-3)
  }

  @Test func editDuringARampContinuesFromItsValue() throws {
    let rig = try rig()
    for i in 0..<40 {
      if i % 2 == 0 { rig.disconnect("vca", "out") } else { rig.connect("vca", "out") }
      try rig.commit()
      let sound = rig.render(64)
      #expect(peak(steps(sound)) <= slope(0.5))
    }
    #expect(rig.render(1_920).last == 0.5)
    #expect(rig.plans.isSettled && rig.plans.livePlanCount == 1)
  }

  @Test func cablesThatWouldFormACycleFadeOutFirst() throws {
    let rig = EngineRig()
    rig.create("src", "math", [("b", .number(0.5))])
    rig.create("x", "gain")
    rig.create("y", "gain")
    rig.create("out", "output")
    rig.connect("src", "x")
    rig.connect("x", "y")
    rig.connect("y", "out")
    try rig.commit()
    rig.render(960)
    // The other way round: x -> y and y -> x together would be a cycle.
    rig.disconnect("src", "x")
    rig.disconnect("x", "y")
    rig.disconnect("y", "out")
    rig.connect("src", "y")
    rig.connect("y", "x")
    rig.connect("x", "out")
    try rig.commit()
    let sound = rig.render(2_400)
    #expect(peak(steps(sound)) <= slope(0.5) * 3)
    #expect(abs(sound.last! - 0.5) < 1e-6)
    #expect(rig.plans.isSettled && rig.plans.livePlanCount == 1)
  }

  @Test func closingALoopAroundADelayDoesNotClick() throws {
    let rig = EngineRig()
    rig.create("src", "math", [("b", .number(0.25))])
    rig.create("echo", "delay", [("time", .number(0.01)), ("feedback", .number(0)), ("mix", .number(0.5))])
    rig.create("back", "gain", [("gain", .number(0.3))])
    rig.create("out", "output")
    rig.connect("src", "echo")
    rig.connect("echo", "out")
    rig.connect("echo", "back")
    try rig.commit()
    rig.render(9_600)
    rig.connect("back", "echo")
    try rig.commit()
    let sound = rig.render(9_600)
    #expect(peak(steps(sound)) <= slope(0.5))
    #expect(sound.last! > 0.3)
  }

  @Test func theNumberOfVoicesFades() throws {
    let rig = EngineRig()
    try rig.patch.setVoices(5)
    rig.create("v", "voice")
    rig.create("each", "math", [("operation", .text("less")), ("b", .number(10_000))])
    rig.create("out", "output", [("level", .number(0.125))])
    rig.connect("v/index", "each/a")
    rig.connect("each", "out")
    try rig.commit()
    rig.render(960)
    for (voices, before) in [(8, 5), (20, 8), (3, 20), (16, 3)] as [(Int, Float)] {
      try rig.patch.setVoices(voices)
      try rig.commit()
      expect(rig.render(1_920), from: before / 8, to: Float(voices) / 8)
    }
    #expect(rig.plans.isSettled && rig.plans.livePlanCount == 1)
  }

  @Test func nothingIsAddedBeyondTheRamp() throws {
    // A sine that stays, a sine that is removed: after the ramp, the output is the first sine, to the last bit.
    func play(_ withSecond: Bool) throws -> [Float] {
      let rig = EngineRig()
      rig.create("stay", "sine", [("frequency", .number(440))])
      rig.create("go", "sine", [("frequency", .number(1_234))])
      rig.create("out", "output")
      rig.connect("stay", "out")
      if withSecond { rig.connect("go", "out") }
      try rig.commit()
      rig.render(4_800)
      if withSecond {
        rig.disconnect("go", "out")
        rig.delete("go")
        try rig.commit()
      }
      return rig.render(9_600)
    }
    let alone = try play(false), edited = try play(true)
    #expect(Array(alone[320...]) == Array(edited[320...]))
  }

  @Test func aTimedCommitStartsAtItsFrame() throws {
    let rig = try rig()
    rig.disconnect("vca", "out")
    let at = rig.engine.frame + 777
    try rig.commit(at: at)
    let sound = rig.render(2_048, period: 256)
    #expect(sound[776] == 0.5 && sound[777] < 0.5)
    #expect(rig.sounding.last?.frame == at)
  }

  @Test func sampleRateChangeRestartsAndAnswersPendingCommits() throws {
    let rig = EngineRig()
    rig.create("osc", "sine", [("frequency", .number(1_000))])
    try rig.commit()
    rig.render(4_800)
    rig.create("more", "sine", [("gain", .number(0))])
    try rig.commit()
    rig.plans.change(sampleRate: 96_000)
    try rig.commit()
    let sound = rig.render(96_000)
    #expect(rig.sounding.map(\.ticket) == [1, 2, 3])
    let crossings = zip(sound[48_000...], sound[48_001...]).filter { $0 < 0 && $1 >= 0 }.count
    #expect((499...501).contains(crossings), "half a second of 1 kHz: \(crossings)")
  }
}
