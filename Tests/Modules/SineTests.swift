import TestSupport
import Testing

@Suite struct SineTests {
  @Test(arguments: [1, 8]) func isPure(lanes: Int) {
    let rig = KernelRig("sine", lanes: lanes)
    rig["frequency"] = 1_000
    rig["gain"] = 1
    let spectrum = PowerSpectrum(rig.render(1 << 16)["out"][lanes - 1])
    #expect(spectrum.distortionAndNoise(fundamental: 1_000) < -120)
    #expect(abs(spectrum.level(at: 1_000)) < 0.01)
  }

  @Test func staysInTuneForTenMinutes() {
    let rig = KernelRig("sine")
    rig["frequency"] = 997
    #expect(abs(cents(from: 997, to: measuredFrequency(of: rig, seconds: 600))) < 0.01)
  }

  @Test func lanesAgree() {
    let eight = KernelRig("sine", lanes: 8)
    let pitches = (0..<8).map { 55 * Float(1 << $0) }
    eight.set("frequency", lanes: pitches)
    let together = eight.render(4_800)["out"]
    for lane in 0..<8 {
      let one = KernelRig("sine")
      one["frequency"] = pitches[lane]
      #expect(zip(one.render(4_800).main, together[lane]).allSatisfy { abs($0 - $1) <= 1e-5 })
    }
  }

  /// Constant pitches are computed eight frames at a time, by frames and not by calls.
  @Test(arguments: [1, 8]) func constantPitchIsIndependentOfBlockSize(lanes: Int) {
    let difference = blockDifference {
      let rig = KernelRig("sine", lanes: lanes)
      rig["frequency"] = 1_234
      rig["phase"] = 0.3
      rig["fm"] = -2_000
      return rig
    }
    #expect(difference == 0)
  }
}
