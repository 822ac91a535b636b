import Glibc
import TestSupport
import Testing

@Suite struct BlendTests {
  @Test func crossfadeFollowsTheReference() throws {
    for (id, law) in [("crossfade_linear", "linear"), ("crossfade_equal_power", "power")] {
      let golden = try GoldenCase.one(id)
      let wanted = try golden.columns("out"), a = try golden.columns("signal_a"), b = try golden.columns("signal_b")
      for side in 0..<2 {
        let rig = KernelRig("crossfade")
        rig.choose("law", law)
        rig.signal("a") { frame, _ in Float(a[side][frame]) }
        rig.signal("b") { frame, _ in Float(b[side][frame]) }
        rig.signal("fade") { frame, _ in Float(frame) / Float(wanted[side].count - 1) }
        #expect(worstDifference(rig.render(wanted[side].count).main, wanted[side]) < golden.tolerance, "\(id)")
      }
    }
  }

  @Test func ringGivesSumAndDifference() {
    let rig = KernelRig("ring")
    rig.signal("in") { frame, _ in Float(sineOf(Double(frame) * 1_000 / 48_000)) }
    rig.signal("carrier") { frame, _ in Float(sineOf(Double(frame) * 300 / 48_000)) }
    let spectrum = PowerSpectrum(rig.render(1 << 14).main)
    #expect(abs(spectrum.level(at: 700) + 6.02) < 0.01 && abs(spectrum.level(at: 1_300) + 6.02) < 0.01)
    #expect(spectrum.level(at: 1_000) < -100)
    rig["depth"] = 0
    #expect(abs(PowerSpectrum(rig.render(1 << 14).main).level(at: 1_000)) < 0.01)
  }

  @Test func widthScalesTheDifference() {
    let rig = KernelRig("width")
    rig["left"] = 1
    rig["right"] = 0.5
    for (width, left, right) in [(0, 0.75, 0.75), (1, 1, 0.5), (2, 1.25, 0.25)] as [(Float, Float, Float)] {
      rig["width"] = width
      let sound = rig.render(4)
      #expect(sound["left"][0][3] == left && sound["right"][0][3] == right)
    }
  }

  @Test func dustHasItsDensityAndHeights() {
    for density: Float in [50, 5_000] {
      let rig = KernelRig("dust", lanes: 8)
      rig["density"] = density
      rig["gain"] = 1
      let impulses = rig.render(480_000)["out"].map { $0.filter { $0 != 0 } }
      for lane in impulses { #expect(abs(Float(lane.count) / 10 / density - 1) < 4 / sqrtf(10 * density)) }
      let all = impulses.joined()
      #expect(all.allSatisfy { (0...1.000_1).contains($0) })
      #expect(abs(all.reduce(0, +) / Float(all.count) - 0.5) < 0.02)
    }
  }

  @Test func sampleHoldTakesAValueATrigger() {
    let rig = KernelRig("sample-hold")
    rig.signal("in") { frame, _ in Float(frame) }
    rig.signal("trigger") { frame, _ in frame % 100 >= 50 ? 1 : 0 }
    let sound = rig.render(300).main
    #expect(sound[49] == 0 && sound[50] == 50 && sound[149] == 50 && sound[150] == 150)
    rig["track"] = 1
    let tracked = rig.render(200).main
    #expect(tracked[60] == 360 && tracked[120] == 399)
  }
}
