import Glibc
import TestSupport
import Testing

@Suite struct CombTests {
  @Test func followsTheReference() throws {
    let golden = try GoldenCase.one("comb_allpass_113")
    // At this rate 256 Hz are 113 frames.
    let rig = KernelRig("comb", rate: 113 * 256)
    rig["frequency"] = 256
    rig["feedback"] = Float(golden.number("g"))
    rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
    #expect(worstDifference(rig.render(1_200).main, try golden.columns("out")[0]) < golden.tolerance)
  }

  @Test(arguments: [110.0, 443.7, 1_760]) func ringsInTune(hertz: Double) {
    for damping: Float in [0, 0.3] {
      let rig = KernelRig("comb")
      rig["frequency"] = Float(hertz)
      rig["feedback"] = 0.999
      rig["damping"] = damping
      rig.signal("in") { frame, _ in frame < 20 ? 1 : 0 }
      let sound = rig.render(1 << 15).main
      // The peak of the spectrum, by its centre of gravity.
      let power = PowerSpectrum(sound).power
      let bin = hertz * Double(1 << 15) / 48_000
      let around = Int(bin) - 6...Int(bin) + 7
      let centre = around.reduce(0) { $0 + Double($1) * power[$1] } / around.reduce(0) { $0 + power[$1] }
      #expect(abs(cents(from: bin, to: centre)) < 5, "damping \(damping)")
    }
  }
}

@Suite struct AllpassTests {
  @Test func followsTheReference() throws {
    let golden = try GoldenCase.one("comb_allpass_113")
    let rig = KernelRig("allpass", rate: 113 * 256)
    rig["time"] = 1 / 256
    rig["feedback"] = Float(golden.number("g"))
    rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
    #expect(worstDifference(rig.render(1_200).main, try golden.columns("out")[1]) < golden.tolerance)
  }

  @Test func keepsTheLevelOfEveryFrequency() {
    let rig = KernelRig("allpass")
    rig["time"] = 240 / 48_000
    rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
    let sound = rig.render(1 << 15).main
    for hertz in [31.0, 440, 5_123, 20_000] { #expect(abs(level(of: sound, at: hertz)) < 0.01, "\(hertz)") }
  }
}
