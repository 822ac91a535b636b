import TestSupport
import Testing

@Suite struct TrapezoidTests {
  @Test func followsTheReference() throws {
    for id in ["trapezoid_default", "trapezoid_triangle", "trapezoid_clipped_ramp", "trapezoid_rect"] {
      let golden = try GoldenCase.one(id)
      let rig = KernelRig("trapezoid", rate: golden.sampleRate)
      rig["rate"] = Float(golden.number("cycle_rate_hz"))
      rig["ramp"] = Float(golden.number("ramp_percent"))
      rig["gap"] = Float(golden.number("gap_percent"))
      let wanted = try golden.columns("out")[0], sound = rig.render(wanted.count).main
      // A rectangle's edge may fall on the next frame.
      let far = zip(sound, wanted).filter { abs(Double($0) - $1) > 2e-6 }.count
      #expect(far <= (id == "trapezoid_rect" ? wanted.count / 100 : 0), "\(id): \(far)")
    }
  }

  @Test func syncStartsAnew() {
    let rig = KernelRig("trapezoid")
    rig.signal("sync") { frame, _ in frame < 6_000 ? 0 : 1 }
    let sound = rig.render(8_000).main
    #expect(sound[5_999] == 1 && sound[6_000] == 0 && sound[6_100] > 0.04)
  }
}
