import Control
import PatchKit
import Testing

@Suite struct ClockTests {
  /// The first audible frame after the start of the clock.
  private func onset(_ sound: [Float]) -> Int? { sound.firstIndex { $0.magnitude > 1e-6 } }

  @Test func scheduledCommandRunsOnTheNextBeatOrBar() {
    let rig = SessionRig.constant()
    rig.send("/clock 120 4")
    rig.send("/clock/start")
    rig.render(100)
    #expect(rig.send("/at beat /mod/c/b 1").last == OSCMessage("/done", ["/at", 1, 2.0]))
    // A beat is 24,000 frames; 100 have passed.
    let onset = onset(rig.render(48_000))
    #expect(onset != nil && (23_899...23_902).contains(onset!), "\(onset ?? -1)")
    #expect(rig.send("/at bar /mod/c/b 0").last == OSCMessage("/done", ["/at", 2, 1.0]))
    #expect(rig.send("/at bar 9 /note/panic").last == OSCMessage("/done", ["/at", 9, 1.0]))
    #expect(rig.send("/at beat 3 /note/panic").last?.arguments[2] == 3.0)
  }

  @Test func tempoChangeMovesScheduledCommands() {
    let rig = SessionRig.constant()
    rig.send("/clock 60")
    rig.send("/clock/start")
    rig.send("/at beat 2 /mod/c/b 1")
    rig.render(24_000)
    // Half of the beat remains, at twice the tempo.
    rig.send("/clock 120")
    let onset = onset(rig.render(24_000))
    #expect(onset != nil && (11_999...12_002).contains(onset!), "\(onset ?? -1)")
  }

  @Test func invalidClockRequestsFail() {
    let rig = SessionRig.constant()
    rig.send("/clock/start")
    rig.render(48_000 * 4)
    #expect(rig.failure("/at bar 1 /patch/commit") == "late")
    #expect(rig.failure("/at beat 5 /patch/commit") == "range")
    #expect(rig.failure("/at bra /patch/commit") == "range")
    #expect(rig.failure("/at bar /patch/comit") == "no-such-address")
    #expect(rig.failure("/at bar") == "argument-count")
    #expect(rig.failure("/clock 0") == "range")
    #expect(rig.failure("/clock/source host") == "no-audio")
  }

  @Test func clockFollowsTheHostTransport() {
    let rig = SessionRig.constant(), start = rig.engine.frame
    var transport = Transport(isRolling: false, frame: start, beat: 0, beatsPerMinute: 60, beatsPerBar: 3)
    rig.session.transport = { transport }
    #expect(rig.send("/clock/source host").last?.address == "/done")
    rig.send("/at bar 2 /mod/c/b 1")
    #expect(onset(rig.render(48_000 * 4)) == nil)
    transport = Transport(isRolling: true, frame: rig.engine.frame, beat: 2, beatsPerMinute: 60, beatsPerBar: 3)
    let onset = onset(rig.render(96_000))
    #expect(onset != nil && (47_999...48_002).contains(onset!), "\(onset ?? -1)")
  }

  @Test func automationPassesThroughItsPoints() {
    let rig = SessionRig.constant()
    #expect(rig.send("/lane/c/b 1 0.1 0.5 0.1 0 0.2 smooth").last?.arguments[1] == 3)
    let sound = rig.render(24_000)
    let points: [Int: Float] = [2_400: 0.5, 4_800: 1, 7_200: 0.75, 9_600: 0.5, 14_400: 0.25, 19_200: 0]
    for (frame, value) in points {
      let error = (sound[frame - 1] - value).magnitude
      #expect(error < 0.002, "at \(frame): \(sound[frame - 1])")
    }
    // Smooth at both ends: after a quarter of the time 10/64 of the way is done.
    let early: Float = 0.5 * (1 - 10.0 / 64)
    #expect((sound[11_999] - early).magnitude < 0.002)
    #expect(rig.failure("/lane/c/b 1") == "argument-type")
    #expect(rig.failure("/lane/c/b 1 1 0.5 1 crooked") == "range")
    #expect(rig.failure("/lane/c/nothing 1 1") == "no-such-param")
    #expect(rig.failure("/lane/c/operation nonsense 1") != nil)
  }

  @Test func newAutomationReplacesTheOld() {
    let rig = SessionRig.constant()
    rig.send("/lane/c/b 1 0.5 0 0.5 0.25 0.5")
    rig.render(2_400)
    rig.send("/lane/c/b")
    rig.render(96_000)
    #expect(abs(rig.render(64).last! - 1) < 1e-4)
  }

  @Test(arguments: [("linear", 0.5), ("exponential", 0.1), ("smooth", 0.5), ("3", 0.182_4), ("-3", 0.817_6)])
  func automationCurvesHaveTheirMidpoint(curve: String, middle: Float) {
    let rig = SessionRig.constant(), low: Float = curve == "exponential" ? 0.01 : 0
    rig.send("/mod/c/b \(low)")
    rig.render(9_600)
    #expect(rig.send("/mod/c/b 1 0.1 \(curve)").last?.address == "/done")
    let sound = rig.render(9_600)
    #expect(abs(sound[2_400 - 1] - middle) < 0.002, "\(sound[2_399])")
    #expect(abs(sound[4_800] - 1) < 1e-6)
    #expect(rig.failure("/mod/c/b 0 1 exponential") == "range")
    #expect(rig.failure("/mod/c/b 0.5 1 21") == "range")
    #expect(rig.failure("/mod/c/b 0.5 1 bent") == "range")
  }
}
