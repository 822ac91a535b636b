import TestSupport
import Testing

@Suite
struct EntrainmentTests {
  /// A number among the arguments, or the reference's default.
  private func number(_ golden: GoldenCase, _ name: String, _ standard: Double) -> Float {
    Float(golden.arguments[name] == nil ? standard : golden.number(name))
  }

  @Test(arguments: ["default", "48k", "phases", "clamped"])
  func binauralFollowsTheReference(id: String) throws {
    let golden = try GoldenCase.one("binaural_\(id)")
    let rig = KernelRig("binaural", rate: golden.sampleRate)
    rig["base"] = number(golden, "baseFreq", 200)
    rig["beat"] = number(golden, "beatFreq", 4)
    rig["gain"] = 1
    rig["phaseleft"] = number(golden, "startPhaseL", 0) / (2 * .pi)
    rig["phaseright"] = number(golden, "startPhaseR", 0) / (2 * .pi)
    let wanted = try golden.columns("out"), sound = rig.render(wanted[0].count)
    for (side, output) in ["left", "right"].enumerated() {
      let level = number(golden, side == 0 ? "ampL" : "ampR", 0.5)
      #expect(worstDifference(sound[output][0].map { $0 * level }, wanted[side]) < golden.tolerance, "\(output)")
    }
  }

  @Test(arguments: ["default", "fast", "44k", "pan"]) func isochronicFollowsTheReference(id: String) throws {
    let golden = try GoldenCase.one("isochronic_\(id)")
    let rig = KernelRig("isochronic", rate: golden.sampleRate)
    rig["base"] = number(golden, "baseFreq", 200)
    rig["beat"] = number(golden, "beatFreq", 4)
    rig["ramp"] = number(golden, "rampPercent", 0.2)
    rig["gap"] = number(golden, "gapPercent", 0.15)
    rig["pan"] = number(golden, "pan", 0)
    rig["gain"] = 1
    let wanted = try golden.columns("out"), sound = rig.render(wanted[0].count)
    for (side, output) in ["left", "right"].enumerated() {
      // Without a pan the reference does not halve the power of each side.
      let level = number(golden, side == 0 ? "ampL" : "ampR", 0.5) * (id == "pan" ? 1 : 1.414_213_6)
      #expect(worstDifference(sound[output][0].map { $0 * level }, wanted[side]) < golden.tolerance, "\(output)")
    }
  }

  @Test func monauralFollowsTheReference() throws {
    let golden = try GoldenCase.one("monaural_a")
    for (side, name) in ["L", "R"].enumerated() {
      let rig = KernelRig("monaural", rate: golden.sampleRate)
      rig["base"] = Float(golden.number("baseFreq"))
      rig["beat"] = Float(golden.number("beatFreq"))
      rig["lower"] = Float(golden.number("amp_lower_\(name)"))
      rig["upper"] = Float(golden.number("amp_upper_\(name)"))
      let wanted = try golden.columns("out")[side]
      #expect(worstDifference(rig.render(wanted.count).main, wanted) < golden.tolerance, "\(name)")
    }
  }
}
