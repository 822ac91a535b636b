import Engine
import PatchKit
import Testing

/// Commits in quick succession, also with parameter changes; each case was once a step, or a parameter that differed
/// from the patch.
@Suite struct CommitOrderTests {
  /// A steady tone of 0.5 through `vca`.
  private func rig() throws -> EngineRig {
    let rig = EngineRig()
    rig.create("a", "math", [("b", .number(0.5))])
    rig.create("vca", "gain")
    rig.create("out", "output")
    rig.connect("a", "vca")
    rig.connect("vca", "out")
    try rig.commit()
    rig.render(960)
    return rig
  }

  /// An `output` alone, then one commit for each side; the frames at which the sides begin.
  private func starts(of frames: (left: Int?, right: Int?), period: Int, playing before: Int = 0) throws -> [Int] {
    let rig = EngineRig()
    rig.create("out", "output")
    if before > 0 {
      try rig.commit()
      rig.render(before, period: period)
    }
    rig.create("a", "math", [("b", .number(0.5))])
    rig.connect("a", "out/left", 1)
    rig.create("gap", "math")
    rig.connect("gap", "out/right", 1)
    try rig.commit(at: frames.left)
    rig.create("b", "math", [("b", .number(0.25))])
    rig.connect("b", "out/right", 1)
    try rig.commit(at: frames.right)
    let sound = rig.renderStereo(12_288, period: period)
    #expect(sound.left.last == 0.5 && sound.right.last == 0.25)
    #expect(rig.sounding.suffix(2).map(\.frame) == [frames.left ?? before, frames.right ?? before])
    return [sound.left, sound.right].map { side in before + side.firstIndex { $0 != 0 }! }
  }

  @Test(arguments: [64, 256, 1_024]) func twoCommitsOnOneFrameSoundAtThatFrame(period: Int) throws {
    let starts = try starts(of: (4_800, 4_800), period: period, playing: 2_048)
    #expect(starts == [4_800, 4_800])
  }

  @Test(arguments: [64, 256, 1_024]) func twoCommitsWithinOnePeriodSoundAtTheirFrames(period: Int) throws {
    let starts = try starts(of: (4_800, 4_833), period: period, playing: 2_048)
    #expect(starts == [4_800, 4_833])
  }

  @Test(arguments: [64, 256, 1_024]) func twoCommitsBeforeTheFirstFrameSoundAtFrame0(period: Int) throws {
    let starts = try starts(of: (nil, nil), period: period)
    #expect(starts == [0, 0])
  }

  /// Plans beyond the room for standby plans wait in the queue.
  @Test func fiftyCommitsOnOneFrame() throws {
    let rig = EngineRig()
    rig.create("out", "output")
    try rig.commit()
    for i in 1...50 {
      rig.create("a\(i)", "math", [("b", .number(0.01))])
      rig.connect("a\(i)", "out/left")
      try rig.commit(at: 2_000)
    }
    #expect(abs(rig.render(12_000).last! - 0.5) < 1e-5)
    #expect(rig.sounding.map(\.ticket) == Array(1...51))
    #expect(rig.plans.isSettled && rig.plans.livePlanCount == 1)
  }

  @Test func aQuickEditDoesNotCutASlowOneShort() throws {
    let rig = try rig()
    rig.delete("vca")
    try rig.commit(ramp: 0.02)
    rig.render(192)
    rig.create("b", "math")
    try rig.commit(ramp: 0.001)
    #expect(peak(steps(rig.render(1_920))) <= 0.5 / 960 * 1.001)
    #expect(rig.plans.isSettled && rig.plans.livePlanCount == 1)
  }

  @Test func commitOverridesAParameterSetJustBefore() throws {
    let rig = try rig()
    rig.set("vca", "gain", 0.25)
    // As an undo does.
    try rig.patch.setParam("vca", "gain", .number(0.75), in: registry)
    try rig.commit()
    #expect(rig.render(4_800).last == 0.375)
  }

  @Test func parameterSetJustAfterACommitIsKept() throws {
    let rig = try rig()
    try rig.patch.setParam("vca", "gain", .number(0.75), in: registry)
    try rig.commit(at: rig.engine.frame + 480)
    rig.set("vca", "gain", 0.25)
    #expect(rig.render(4_800).last == 0.125)
  }

  @Test func scheduledParameterChangeSurvivesACommit() throws {
    let rig = try rig()
    rig.set("vca", "gain", 0.25, at: rig.engine.frame + 2_400)
    try rig.patch.setParam("vca", "gain", .number(0.75), in: registry)
    try rig.commit()
    let sound = rig.render(9_600)
    #expect(abs(sound[2_399] - 0.375) < 1e-3 && sound.last == 0.125)
  }

  /// At each possible arrival frame of a parameter; one without its final update repeated its last block.
  @Test(arguments: 1...60) func commitAtTheArrivalOfAParameterRamp(blocks: Int) throws {
    let rig = try rig()
    try rig.patch.setParam("vca", "gain", .number(0.25), in: registry)
    rig.set("vca", "gain", 0.25)
    rig.render(blocks * 64)
    rig.create("b", "math")
    try rig.commit()
    rig.render(4_800)
    #expect(rig.render(640).allSatisfy { $0 == 0.125 })
  }
}
