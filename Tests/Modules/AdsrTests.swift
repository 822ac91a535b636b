import TestSupport
import Testing

@Suite struct AdsrTests {
  private func rig(_ curve: String, lanes: Int = 1, rate: Float = 48_000) -> KernelRig {
    let rig = KernelRig("adsr", lanes: lanes, rate: rate)
    rig.choose("curve", curve)
    rig["attack"] = 0.01
    rig["decay"] = 0.02
    rig["sustain"] = 0.6
    rig["release"] = 0.03
    return rig
  }

  @Test func followsTheReferenceEnvelopes() throws {
    for (curve, name) in [("linear", "lin"), ("exponential", "exp")] {
      for golden in try GoldenCase.all({ $0.hasPrefix("adsr_\(name)_") }) {
        let rig = KernelRig("adsr", lanes: 8, rate: golden.sampleRate)
        rig.choose("curve", curve)
        for parameter in ["attack", "decay", "sustain", "release"] { rig[parameter] = Float(golden.number(parameter)) }
        let off = Int(golden.number("gate_off_at_sample"))
        rig.signal("gate") { frame, _ in frame < off ? 1 : 0 }
        let sound = rig.render(Int(golden.number("n")))["out"][5], wanted = try golden.columns("out")[0]
        // In the reference, rounding decides whether a segment that ends on a sample takes one more.
        let late = [0.0] + wanted
        let worst = sound.indices.map { i in
          min(
            abs(Double(sound[i]) - wanted[i]), abs(Double(sound[i]) - (i + 1 < wanted.count ? wanted[i + 1] : 0)),
            abs(Double(sound[i]) - late[i]))
        }.max()!
        #expect(worst < golden.tolerance, "\(golden.id)")
      }
    }
  }

  @Test(arguments: ["linear", "exponential"]) func endsItsSegmentsOnTime(curve: String) {
    for rate: Float in [44_100, 192_000] {
      for scale: Float in [0.1, 1, 50] {
        let rig = rig(curve, rate: rate)
        rig["attack"] = 0.01 * scale
        rig["decay"] = 0.02 * scale
        rig["release"] = 0.03 * scale
        rig["sustain"] = 0
        let attack = 0.01 * scale * rate, decay = 0.02 * scale * rate, release = 0.03 * scale * rate
        rig["gate"] = 1
        let up = rig.render(Int(attack + decay) + 10).main
        #expect(abs(Float(up.firstIndex { $0 >= 1 }!) - attack) <= 1.5, "attack at \(rate), \(scale)")
        let silent = up.indices.first { $0 > Int(attack) + 2 && up[$0] == 0 }!
        #expect(abs(Float(silent) - attack - decay) <= 2.5, "decay at \(rate), \(scale)")
        // A release from the full level.
        rig["sustain"] = 1
        rig.reset()
        rig.skip(Int(attack) + 10)
        rig["gate"] = 0
        let down = rig.render(Int(release) + 10).main
        #expect(abs(Float(down.firstIndex { $0 == 0 }!) - release) <= 1.5, "release at \(rate), \(scale)")
      }
    }
  }

  @Test func releasesLinearlyWithinItsTimeFromAnyLevel() {
    let rig = rig("linear")
    rig["gate"] = 1
    rig.skip(200)
    rig["gate"] = 0
    let down = rig.render(1_500).main
    #expect(abs(down[0] - 200 / 480) < 1e-6)
    #expect(abs(down.firstIndex { $0 == 0 }! - 1_440) <= 1)
  }

  @Test(arguments: ["linear", "exponential"]) func holdsTheSustainLevelExactly(curve: String) {
    let rig = rig(curve)
    rig["gate"] = 1
    rig.skip(48_000)
    #expect(rig.render(64).main.allSatisfy { $0 == 0.6 })
    #expect(rig.isConstant("out"))
    rig.signal("sustain") { frame, _ in 0.6 - 0.1 * Float(min(frame - 48_064, 4_800)) / 4_800 }
    let moved = rig.render(9_600).main
    #expect(abs(moved.last! - 0.5) < 1e-6)
    #expect(zip(moved, moved.dropFirst()).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  @Test(arguments: ["linear", "exponential"]) func retriggersFromWhereItIs(curve: String) {
    let rig = rig(curve)
    rig.signal("gate") { frame, _ in frame < 2_000 || frame >= 2_400 ? 1 : 0 }
    let sound = rig.render(4_000).main
    #expect(sound[2_399] > 0.01 && sound[2_399] < 0.6)
    let jump = zip(sound, sound.dropFirst()).map { abs($0 - $1) }.max()!
    #expect(jump < 0.012)
    #expect(sound[2_400...].max()! == 1)
  }

  @Test func changedTimeMakesNoStepInTheEnvelope() {
    let rig = rig("linear")
    rig["gate"] = 1
    let before = rig.render(200).main
    rig["attack"] = 0.1
    let after = rig.render(200).main
    #expect(abs(after[0] - before.last!) < 0.0025)
    #expect(abs((after[100] - after[0]) / 100 - 1 / 4_800) < 1e-6)
  }
}
