import Engine
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// Overload: detected, reported, and, where enabled, thinned.
@Suite struct OverloadTests {
  private static let period = 64

  private func rig(_ protects: Bool) throws -> EngineRig {
    let rig = EngineRig()
    rig.engine.protect(protects)
    try rig.patch.setVoices(32)
    rig.create("keys", "notes")
    rig.create("osc", "sine")
    rig.create("vca", "gain")
    rig.create("out", "output")
    rig.connect("keys/pitch", "osc/frequency")
    rig.connect("keys/velocity", "vca/gain")
    rig.connect("osc", "vca")
    rig.connect("vca", "out", 0.05)
    try rig.commit()
    rig.render(4_800)
    for key in 0..<32 {
      _ = rig.plans.play(NoteEvent(.on, id: Int32(key + 1), key: Float(40 + key), value: Float(key + 1) / 40))
    }
    rig.render(9_600)
    return rig
  }

  /// Renders like a host whose processor needs `share` of each period for 32 voices, and less for fewer.
  @discardableResult
  private func play(_ rig: EngineRig, periods: Int, share: Double) -> [Float] {
    var sound: [Float] = []
    for _ in 0..<periods {
      sound += rig.render(Self.period, period: Self.period)
      let cost = share * Double((rig.engine.soundingVoices + 7) / 8) / 4
      let spent = cost * Double(Self.period) / 48_000 * 1e9
      #expect(realtimeViolations { rig.engine.account(nanoseconds: Int(spent), frames: Self.period) } == 0)
    }
    rig.plans.tick()
    return sound
  }

  @Test func overloadIsReportedWithinAFewPeriods() throws {
    let rig = try rig(false)
    play(rig, periods: 5, share: 3)
    #expect(rig.reports.map(\.kind) == [.overload])
    #expect(abs(rig.reports[0].peak - 3) < 0.01)
    play(rig, periods: 800, share: 3)
    #expect(rig.reports.count == 2, "once a second")
    #expect(rig.engine.soundingVoices == 32, "unasked, no voice is taken")
  }

  @Test func overloadThinsTheQuietestVoices() throws {
    let rig = try rig(true)
    let before = peak(steps(rig.render(4_800)))
    let sound = play(rig, periods: 40, share: 3)
    // 300 % for four groups: one group fits the time.
    #expect(rig.engine.soundingVoices == 8)
    #expect(peak(steps(sound)) <= 1.2 * before, "faded, not cut")
    #expect(rig.reports.filter { $0.kind == .thinned }.map(\.peak) == [8, 8, 8])
    // The loudest eight are left.
    let left = peak(rig.render(9_600))
    #expect(left > 0.08, "\(left)")
    // A new note steals a voice, not a group.
    _ = rig.plans.play(NoteEvent(.on, id: 100, key: 90, value: 0.9))
    rig.render(4_800)
    #expect(rig.engine.soundingVoices == 8)
  }

  @Test func voicesReturnAfterAnOverload() throws {
    let rig = try rig(true)
    play(rig, periods: 40, share: 3)
    for _ in 0..<5 { play(rig, periods: 800, share: 0.3) }
    for key in 0..<32 { _ = rig.plans.play(NoteEvent(.on, id: Int32(key + 200), key: Float(key), value: 0.5)) }
    rig.render(9_600)
    #expect(rig.engine.soundingVoices == 32)
  }
}
