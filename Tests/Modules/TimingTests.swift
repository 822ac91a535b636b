import TestSupport
import Testing

@Suite struct TimingTests {
  /// A clock with a pulse every 100 frames, on for 50, at the rig's input.
  private func pulses(_ rig: KernelRig, reset: Int = .max) {
    rig.signal("clock") { frame, _ in frame % 100 < 50 ? 1 : 0 }
    rig.signal("reset") { frame, _ in frame == reset ? 1 : 0 }
  }

  @Test func aClockPulsesInTime() {
    let rig = KernelRig("clock")
    rig.choose("follow", "own")
    rig["bpm"] = 120
    rig["division"] = 4
    let sound = rig.render(96_000)
    let pulse = sound["pulse"][0]
    let starts = pulse.indices.filter { pulse[$0] == 1 && ($0 == 0 || pulse[$0 - 1] == 0) }
    #expect(starts.count == 16)
    for (k, start) in starts.enumerated() { #expect(abs(start - 6_000 * k) <= 1) }
    #expect(sound["beat"][0][24_100] == 1 && sound["beat"][0][95_000] == 3)
    #expect(abs(sound["phase"][0][1_500] - 0.25) < 1e-5)
  }

  @Test func aClockDoesNotDrift() {
    let rig = KernelRig("clock")
    rig.choose("follow", "own")
    rig["bpm"] = 137
    rig.skip(600 * 48_000)
    #expect(abs(rig.render(1)["beat"][0][0] + 1 - 1_370) <= 1)
    // 1,370 beats end on the frame.
    let beats = rig.render(2)["beat"][0]
    #expect(beats[1] == 1_370)
  }

  @Test func aClockStandsAndStartsAnew() {
    let rig = KernelRig("clock")
    rig.choose("follow", "own")
    rig.signal("run") { frame, _ in frame < 10_000 || frame >= 20_000 ? 1 : 0 }
    let sound = rig.render(30_000)
    #expect(sound["pulse"][0][10_000..<20_000].allSatisfy { $0 == 0 })
    #expect(sound["pulse"][0][20_000] == 1 && sound["phase"][0][20_000] == 0 && sound["beat"][0][20_000] == 0)
  }

  @Test func aDividerTakesEveryNth() {
    let rig = KernelRig("divider")
    rig["divide"] = 3
    pulses(rig, reset: 420)
    let sound = rig.render(1_000).main
    let starts = sound.indices.filter { sound[$0] == 1 && ($0 == 0 || sound[$0 - 1] == 0) }
    #expect(starts == [0, 300, 500, 800])
    #expect(sound[49] == 1 && sound[50] == 0)
  }

  @Test(arguments: [
    (3, 8, 0, "x..x..x."), (5, 8, 0, "x.x.xx.x"), (4, 16, 0, "x...x...x...x..."), (3, 8, 1, ".x..x..x"),
    (0, 4, 0, "...."), (9, 4, 0, "xxxx"),
  ]) func euclidSpreadsEvenly(hits: Int, steps: Int, rotate: Int, pattern: String) {
    let rig = KernelRig("euclid", lanes: 8)
    rig["hits"] = Float(hits)
    rig["steps"] = Float(steps)
    rig["rotate"] = Float(rotate)
    pulses(rig)
    let sound = rig.render(steps * 200)
    for (step, mark) in (pattern + pattern).enumerated() {
      #expect(sound["out"][6][step * 100 + 20] == (mark == "x" ? 1 : 0), "step \(step)")
      #expect(sound["rest"][6][step * 100 + 20] == (mark == "x" ? 0 : 1), "step \(step)")
      #expect(sound["out"][6][step * 100 + 60] == 0)
    }
  }

  @Test func aSequencerPlaysRestsAndTies() {
    let rig = KernelRig("sequencer", lanes: 8)
    pulses(rig, reset: 660)
    rig["steps"] = 4
    for (i, pitch) in [0, 0.25, 0.5, -1].enumerated() { rig["pitch\(i + 1)"] = Float(pitch) }
    rig["gate2"] = 2
    rig["gate4"] = 0
    let sound = rig.render(900)
    let pitch = sound["pitch"][1], gate = sound["gate"][1], step = sound["step"][1]
    #expect([20, 120, 220, 320, 420].map { pitch[$0] } == [0, 0.25, 0.5, 0.5, 0])
    #expect([20, 60, 120, 160, 220, 260, 320, 360].map { gate[$0] } == [1, 0, 1, 1, 1, 0, 0, 0])
    #expect([20, 120, 320, 620, 720, 820].map { step[$0] } == [0, 1, 3, 2, 0, 1])
  }
}

/// Chance, ratchets and delayed gates.
@Suite struct GateTests {
  @Test func delayGateOpensLater() {
    let rig = KernelRig("delay-gate")
    rig["delay"] = 0.01
    rig["length"] = 0.005
    rig.signal("gate") { frame, _ in frame == 100 ? 1 : 0 }
    let sound = rig.render(2_000)
    #expect((0..<2_000).filter { sound["out"][0][$0] > 0.5 } == Array(580..<820))
    #expect((0..<2_000).filter { sound["end"][0][$0] > 0.5 } == [820])
  }

  @Test(arguments: [0, 0.25, 1] as [Float]) func randomGateKeepsItsProbability(probability: Float) {
    let rig = KernelRig("random-gate", lanes: 8)
    rig["probability"] = probability
    rig.signal("gate") { frame, _ in frame % 4 < 2 ? 1 : 0 }
    let sound = rig.render(8_000)
    var passed: Float = 0
    for lane in 0..<8 {
      for i in 0..<8_000 {
        #expect(sound["out"][lane][i] + sound["rest"][lane][i] == (i % 4 < 2 ? 1 : 0))
        if i % 4 == 0 { passed += sound["out"][lane][i] }
      }
    }
    #expect(abs(passed / 16_000 - probability) < 0.02)
  }

  private func sequencer(_ parameters: [String: Float]) -> KernelRig {
    let rig = KernelRig("sequencer")
    for (parameter, value) in parameters { rig[parameter] = value }
    rig.signal("clock") { frame, _ in frame % 1_200 < 600 ? 1 : 0 }
    return rig
  }

  @Test func ratchetsShareTheStep() {
    let gates = sequencer(["steps": 2, "ratchet2": 3]).render(1_200 * 8)["gate"][0]
    func rises(_ step: Int) -> [Int] {
      (step * 1_200..<(step + 1) * 1_200).filter { gates[$0] > 0.5 && gates[max($0 - 1, 0)] < 0.5 }.map {
        $0 - step * 1_200
      }
    }
    for step in [3, 5, 7] { #expect(rises(step) == [0, 400, 800], "step \(step)") }
    for step in [2, 4, 6] { #expect(rises(step) == [0], "step \(step)") }
  }

  @Test func chanceLetsStepsRest() {
    let gates = sequencer(["steps": 1, "chance1": 0.3]).render(1_200 * 400)["gate"][0]
    let played = (0..<400).filter { gates[$0 * 1_200 + 10] > 0.5 }.count
    #expect((85...155).contains(played), "\(played) of 400")
    #expect(sequencer(["chance1": 0, "steps": 1]).render(12_000)["gate"][0].allSatisfy { $0 == 0 })
  }
}
