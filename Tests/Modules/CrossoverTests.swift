import Glibc
import TestSupport
import Testing

@Suite struct CrossoverTests {
  @Test(arguments: [100.0, 1_000, 8_000]) func splitsAndSumsFlat(cutoff: Double) {
    let rig = KernelRig("crossover")
    rig["cutoff"] = Float(cutoff)
    rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
    let sound = rig.render(1 << 15)
    let low = sound["low"][0], high = sound["high"][0]
    #expect(abs(level(of: low, at: cutoff) + 6.02) < 0.05)
    #expect(abs(level(of: high, at: cutoff) + 6.02) < 0.05)
    let sum = zip(low, high).map { $0 + $1 }
    for hertz in [25.0, 400, 1_000, 7_000, 21_600] {
      #expect(abs(level(of: sum, at: hertz)) < 0.05, "\(hertz)")
      // The square of a second-order Butterworth filter.
      let x = tan(.pi * hertz / 48_000) / tan(.pi * cutoff / 48_000), wanted = -20 * log10(1 + x * x * x * x)
      if wanted > -60 { #expect(abs(level(of: low, at: hertz) - wanted) < 0.05, "\(hertz)") }
    }
  }
}
