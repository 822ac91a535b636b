import Glibc
import TestSupport
import Testing

@Suite struct SvfTests {
  @Test func givesTheReferenceImpulseResponses() throws {
    for golden in try GoldenCase.all({ $0.hasPrefix("svf_") && $0 != "svf_sweep_up" }) {
      let rig = KernelRig("svf", rate: golden.sampleRate)
      rig["cutoff"] = Float(golden.number("frequency"))
      rig["resonance"] = Float((2 - 1 / golden.number("q")) / 1.98)
      rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
      let sound = rig.render(512), wanted = try golden.columns("out")
      for (column, output) in ["low", "band", "high"].enumerated() {
        #expect(worstDifference(sound[output][0], wanted[column]) < golden.tolerance, "\(golden.id) \(output)")
      }
    }
  }

  @Test func hasTheAnalyticResponse() {
    for cutoff in [40.0, 1_000, 12_000] {
      let rig = KernelRig("svf")
      rig["cutoff"] = Float(cutoff)
      rig["resonance"] = 0.5
      rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
      let sound = rig.render(1 << 15)
      let g = tan(.pi * cutoff / 48_000), k = 2 - 1.98 * 0.5
      for hertz in [20.0, 300, 1_000, 9_000, 21_600] {
        // The analogue filter at the warped frequency, relative to the corner.
        let x = tan(.pi * hertz / 48_000) / g
        let power = (1 - x * x) * (1 - x * x) + k * k * x * x
        let wanted = [
          "low": 1 / power, "band": x * x / power, "high": x * x * x * x / power,
          "notch": (1 - x * x) * (1 - x * x) / power,
        ]
        for (output, ratio) in wanted where 10 * log10(ratio) > -60 {
          #expect(abs(level(of: sound[output][0], at: hertz) - 10 * log10(ratio)) < 0.05, "\(output) at \(hertz)")
        }
      }
    }
  }

  @Test func aDrivenResonanceIsHeld() {
    let rig = KernelRig("svf")
    rig["resonance"] = 1
    rig["drive"] = 1
    rig.signal("in") { frame, _ in sinf(Float(frame) * 2 * .pi / 48) }
    let driven = rig.render(48_000)["band"][0].max()!
    rig["drive"] = 0
    let clean = rig.render(48_000)["band"][0].max()!
    #expect(clean > 30)
    #expect(driven < 3)
  }
}
