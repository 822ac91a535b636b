import Glibc
import TestSupport
import Testing

@Suite struct OnePoleTests {
  @Test func hasTheAnalyticResponse() {
    for cutoff in [40.0, 1_000, 12_000] {
      let rig = KernelRig("onepole")
      rig["cutoff"] = Float(cutoff)
      rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
      let sound = rig.render(1 << 15)
      for hertz in [20.0, 300, 1_000, 9_000, 21_600] {
        // The analogue filter at the warped frequency, relative to the corner.
        let x = tan(.pi * hertz / 48_000) / tan(.pi * cutoff / 48_000)
        let power = ["low": 1 / (1 + x * x), "high": x * x / (1 + x * x)]
        for (output, ratio) in power where 10 * log10(ratio) > -60 {
          #expect(abs(level(of: sound[output][0], at: hertz) - 10 * log10(ratio)) < 0.05, "\(output) at \(hertz)")
        }
      }
    }
  }

  @Test func itsPartsSumToTheInput() {
    let rig = KernelRig("onepole", lanes: 8)
    rig.signal("in") { frame, lane in sinf(Float(frame * (lane + 1)) * 0.1) }
    let sound = rig.render(500)
    for i in 0..<500 { #expect(abs(sound["low"][3][i] + sound["high"][3][i] - sinf(Float(i * 4) * 0.1)) < 1e-6) }
  }
}
