import Engine
import PatchKit
import Testing

/// Periods in which nothing sounds are not rendered, and that changes nothing.
@Suite struct RestTests {
  /// Notes with long silence between them; a meter of the output keeps every period rendered.
  private func play(period: Int, isWatched: Bool) throws -> [Float] {
    let rig = try EngineRig.organ(voices: 24)
    if isWatched { _ = rig.plans.setMeter(node: nil, isOn: true) }
    for (i, key) in [60, 64, 67, 71, 74, 77, 81, 84, 88, 91, 55, 57].enumerated() {
      rig.on(Float(key), at: 20_000 + 37 * i)
      rig.off(Float(key), at: 24_000 + 101 * i)
    }
    rig.on(50, at: 70_001)
    rig.off(50, at: 74_001)
    return rig.render(96_000, period: period)
  }

  @Test(arguments: [1, 64, 100, 1_024]) func restingPeriodsDoNotChangeABit(period: Int) throws {
    let sound = try play(period: period, isWatched: false)
    #expect(peak(sound[21_000..<24_000]) > 1 && peak(sound[71_000..<73_000]) > 0.4)
    #expect(peak(sound[50_000..<70_000]) == 0)
    let watched = try play(period: period, isWatched: true)
    #expect(sound == watched)
  }

  @Test func outputsAreClearedWhileTheEngineRests() throws {
    let rig = EngineRig()
    try rig.commit()
    // The rig fills its buffers with numbers that are none.
    let sound = rig.render(9_600)
    #expect(sound.allSatisfy { $0 == 0 } && rig.engine.frame == 9_600)
    rig.create("osc", "sine")
    rig.create("out", "output")
    rig.connect("osc", "out")
    try rig.commit()
    #expect(peak(rig.render(4_800)) > 0.4)
  }

  @Test func parametersAreFollowedWhileTheEngineRests() throws {
    func play(isWatched: Bool) throws -> [Float] {
      let rig = try EngineRig.organ(voices: 8)
      if isWatched { _ = rig.plans.setMeter(node: nil, isOn: true) }
      rig.render(20_000)
      rig.set("osc", "frequency", 700)
      rig.render(9_600)
      rig.on(60)
      return rig.render(4_800)
    }
    let sound = try play(isWatched: false), watched = try play(isWatched: true)
    #expect(peak(sound) > 0.1 && sound == watched)
  }

  /// What stands behind the voices and sounds by itself goes on: an offset, an echo.
  @Test func nodesThatSoundWithoutVoicesAreNotSkipped() throws {
    let rig = try EngineRig.organ(voices: 8)
    rig.create("offset", "constant", [("value", .number(0.25))])
    rig.create("slow", "lfo", [("rate", .number(2))])
    rig.connect("offset", "out/left")
    rig.connect("slow", "out/right")
    try rig.commit()
    rig.render(20_000)
    let sound = rig.renderStereo(24_000)
    #expect(sound.left.allSatisfy { abs($0 - 0.25) < 1e-6 })
    #expect(peak(sound.right) > 0.9)
  }

  @Test func echoesOfReleasedVoicesAreHeardToTheirEnd() throws {
    let rig = try EngineRig.organ(voices: 8)
    rig.create("echo", "delay", [("time", .number(0.5)), ("feedback", .number(0)), ("mix", .number(1))])
    rig.disconnect("touch", "out")
    rig.connect("touch", "echo")
    rig.connect("echo", "out")
    try rig.commit()
    rig.on(60, at: 5_000)
    rig.off(60, at: 8_000)
    let sound = rig.render(48_000)
    #expect(peak(sound[29_000..<33_000]) > 0.1)
  }
}
