import Glibc
import TestSupport
import Testing

@Suite struct DcBlockTests {
  @Test func followsTheReference() throws {
    let golden = try GoldenCase.one("dc_blocker_995")
    let rig = KernelRig("dcblock", rate: golden.sampleRate)
    rig["cutoff"] = -logf(0.995) * golden.sampleRate / (2 * .pi)
    rig.signal("in") { frame, _ in
      0.5 + 0.3 * Float(sineOf(200 * Double(frame) / Double(golden.sampleRate)))
    }
    #expect(worstDifference(rig.render(1_000).main, try golden.columns("out")[0]) < golden.tolerance)
  }

  @Test func aConstantGoesAndASineStays() {
    let rig = KernelRig("dcblock")
    rig.signal("in") { frame, _ in 1 + Float(sineOf(Double(frame) / 48)) }
    rig.skip(96_000)
    let sound = rig.render(4_800).main
    #expect(abs(sound.reduce(0, +) / 4_800) < 1e-3)
    #expect(abs(sound.max()! - 1) < 0.001)
  }
}
