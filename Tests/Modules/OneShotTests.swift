import Glibc
import TestSupport
import Testing

@Suite struct LinenTests {
  @Test func followsTheReference() throws {
    let golden = try GoldenCase.one("linen_default")
    let rate = golden.sampleRate, n = Int(golden.number("n"))
    let attack = Int(golden.number("attack") * Double(rate)), release = Int(golden.number("release") * Double(rate))
    let rig = KernelRig("linen", lanes: 8, rate: rate)
    rig["attack"] = Float(attack) / rate
    // The reference arrives at 0 with its last sample.
    rig["release"] = Float(release - 1) / rate
    rig["hold"] = Float(n - attack - release) / rate
    rig["trigger"] = 1
    #expect(worstDifference(rig.render(n)["out"][6], try golden.columns("out")[0]) < golden.tolerance)
  }

  @Test func endsItsSegmentsOnTime() {
    for rate: Float in [44_100, 192_000] {
      for scale: Float in [0.1, 1, 30] {
        let rig = KernelRig("linen", rate: rate)
        rig["attack"] = 0.01 * scale
        rig["hold"] = 0.02 * scale
        rig["release"] = 0.03 * scale
        rig.signal("trigger") { frame, _ in frame == 5 ? 1 : 0 }
        let sound = rig.render(Int(0.06 * scale * rate) + 20).main
        #expect(abs(Float(sound.firstIndex { $0 == 1 }! - 5) - 0.01 * scale * rate) <= 1)
        #expect(abs(Float(sound.lastIndex { $0 == 1 }! - 5) - 0.03 * scale * rate) <= 1)
        #expect(abs(Float(sound.lastIndex { $0 > 0 }! - 5) - 0.06 * scale * rate) <= 2)
      }
    }
  }

  @Test func retriggersFromWhereItIs() {
    let rig = KernelRig("linen")
    rig.signal("trigger") { frame, _ in frame == 0 || frame == 12_000 ? 1 : 0 }
    let sound = rig.render(30_000).main
    #expect(sound[11_999] > 0.4 && sound[11_999] < 0.6)
    #expect(zip(sound, sound.dropFirst()).allSatisfy { abs($0 - $1) < 3e-4 })
    #expect(sound[17_000] == 1)
  }

  @Test func changedTimeMakesNoStep() {
    let rig = KernelRig("linen")
    rig["trigger"] = 1
    rig.signal("release") { frame, _ in frame < 12_000 ? 0.1 : 0.5 }
    let sound = rig.render(48_000).main
    #expect(zip(sound, sound.dropFirst()).allSatisfy { abs($0 - $1) < 3e-4 })
    #expect(abs(sound.lastIndex { $0 > 0 }! - 24_000) < 5)
  }
}

@Suite struct DecayTests {
  @Test(arguments: ["linear", "exponential"]) func fallsOnTimeHoweverLongTheTrigger(curve: String) {
    for length in [1, 100, 100_000] {
      let rig = KernelRig("decay")
      rig.choose("curve", curve)
      rig["attack"] = 0.001
      rig["decay"] = 0.25
      rig.signal("trigger") { frame, _ in frame < length ? 1 : 0 }
      let sound = rig.render(13_000).main
      #expect(sound.firstIndex { $0 == 1 }! == 48)
      #expect(abs(sound.lastIndex { $0 > 0 }! - 12_047) <= 1)
      // Half-way: −30 dB, less the offset that ends at 0.
      let half: Float = curve == "linear" ? 0.5 : (powf(10, -1.5) - 0.001) / 0.999
      #expect(abs(sound[6_048] - half) < 1e-4)
      rig["trigger"] = 0
      rig.skip(128)
      #expect(rig.isConstant("out"))
    }
  }
}
