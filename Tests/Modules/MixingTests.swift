import Glibc
import TestSupport
import Testing

@Suite struct MixingTests {
  @Test func gainMultipliesByBothParameters() {
    let rig = KernelRig("gain", lanes: 8)
    rig.signal("in") { frame, lane in Float(frame + lane) * 0.01 }
    rig["gain"] = 2
    rig["db"] = -6.020_6
    let sound = rig.render(64)["out"]
    for lane in 0..<8 { #expect(abs(sound[lane][40] - Float(40 + lane) * 0.01) < 1e-5) }
    rig.signal("db") { frame, _ in Float(frame) - 64 }
    rig["in"] = 1
    let ramp = rig.render(10).main
    for i in 0..<10 { #expect(abs(ramp[i] / (2 * powf(10, Float(i) / 20)) - 1) < 1e-5) }
  }

  @Test func aConstantThroughAGainStaysOne() {
    let rig = KernelRig("gain")
    rig["in"] = 0.5
    rig.skip(64)
    #expect(rig.isConstant("out"))
  }

  @Test func mixSumsEightSignals() {
    let rig = KernelRig("mix")
    for i in 1...8 {
      rig.signal("in\(i)") { frame, _ in Float(frame) * Float(i) }
      rig["gain\(i)"] = 1 / Float(i)
    }
    #expect(abs(rig.render(64).main[50] - 400) < 1e-3)
  }

  @Test(arguments: [("power", -3.01), ("compromise", -4.52), ("linear", -6.02)])
  func panHasTheLevelOfItsLawInTheMiddle(law: String, middle: Double) {
    let rig = KernelRig("pan")
    rig.choose("law", law)
    rig.signal("in") { _, _ in 1 }
    let centre = rig.render(1)
    #expect(abs(20 * log10(Double(centre["left"][0][0])) - middle) < 0.01)
    #expect(centre["left"][0][0] == centre["right"][0][0])
    rig["pan"] = -1
    let left = rig.render(1)
    #expect(abs(left["left"][0][0] - 1) < 1e-6 && left["right"][0][0] == 0)
    rig.signal("pan") { frame, _ in Float(frame) / 50 - 1 }
    let sweep = rig.render(98)
    #expect(zip(sweep["left"][0], sweep["left"][0].dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test func outputSumsItsVoices() {
    let rig = KernelRig("output", lanes: 8)
    rig.signal("left") { _, lane in Float(lane) }
    rig.signal("right") { _, _ in 0.5 }
    rig["level"] = 0.5
    let sound = rig.render(64)
    #expect(sound.channels[0][10] == 14 && sound.channels[1][10] == 2)
  }

  @Test func outputIsHeardOnBothSidesWithOneCable() {
    for side in ["left", "right"] {
      let rig = KernelRig("output")
      rig.signal(side) { _, _ in 0.25 }
      let sound = rig.render(64)
      #expect(sound.channels[0][5] == 0.25 && sound.channels[1][5] == 0.25)
    }
  }

  @Test func outputLeavesOutChannelsThatAreNotThere() {
    let rig = KernelRig("output")
    rig.signal("left") { _, _ in 0.25 }
    rig["channel"] = 2
    let second = rig.render(64)
    #expect(second.channels[0][5] == 0 && second.channels[1][5] == 0.25)
    rig["channel"] = 64
    #expect(rig.render(64).peak == 0)
  }

  @Test func inputGivesItsChannelOrSilence() {
    let rig = KernelRig("input", lanes: 8)
    rig.deviceInput = { frame, channel in Float(frame) + 1_000 * Float(channel) }
    rig["channel"] = 2
    #expect(rig.render(64)["out"][7][9] == 1_009)
    rig["channel"] = 3
    #expect(rig.render(64)["out"].joined().allSatisfy { $0 == 0 })
  }
}
