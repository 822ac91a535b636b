import TestSupport
import Testing

@Suite struct ArTests {
  @Test(arguments: ["linear", "exponential"]) func endsItsSegmentsOnTime(curve: String) {
    let rig = KernelRig("ar")
    rig.choose("curve", curve)
    rig["attack"] = 0.02
    rig["release"] = 0.05
    rig.signal("gate") { frame, _ in frame < 4_800 ? 1 : 0 }
    let sound = rig.render(9_600).main
    #expect(abs(sound.firstIndex { $0 == 1 }! - 960) <= 1)
    #expect(sound[1_000..<4_800].allSatisfy { $0 == 1 })
    #expect(abs(sound.lastIndex { $0 > 0 }! - 7_200) <= 2)
    rig["gate"] = 0
    rig.skip(64)
    #expect(rig.isConstant("out"))
  }
}
