import PatchKit
import Testing

@Suite struct SwapTests {
  @Test func commitReachesTheOutput() throws {
    let rig = EngineRig()
    rig.create("osc", "sine", [("frequency", .number(1000)), ("gain", .number(0.5))])
    try rig.commit()
    let sound = rig.render(4_800)
    #expect(peak(sound[1_000...]) > 0.49 && peak(sound) <= 0.5)
    #expect(rig.sounding.map(\.frame) == [0])
    #expect(rig.plans.isSettled && rig.plans.livePlanCount == 1)
  }

  /// The right side of an `output` gets the left one only while the right has no cable.
  @Test(arguments: [false, true]) func firstCablesToBothSidesOfAnOutputFadeInFromSilence(isSwapped: Bool) throws {
    let rig = EngineRig()
    rig.create("out", "output")
    try rig.commit()
    rig.render(4_800)
    rig.create("a", "math", [("b", .number(0.5))])
    rig.create("b", "math", [("b", .number(-0.25))])
    rig.connect("a", isSwapped ? "out/right" : "out/left")
    rig.connect("b", isSwapped ? "out/left" : "out/right")
    try rig.commit()
    let (left, right) = rig.renderStereo(960)
    let (up, down) = isSwapped ? (right, left) : (left, right)
    #expect(up[0] < 0.01 && up.last == 0.5 && steps(up).allSatisfy { $0 >= 0 })
    #expect(down[0] > -0.01 && down.last == -0.25 && steps(down).allSatisfy { $0 <= 0 })
  }

  /// A side that has followed the other one fades to its own cable.
  @Test func aSecondCableOfAnOutputIsCrossfaded() throws {
    let rig = EngineRig()
    rig.create("out", "output")
    rig.create("a", "math", [("b", .number(0.5))])
    rig.connect("a", "out/left")
    try rig.commit()
    rig.render(4_800)
    rig.create("b", "math", [("b", .number(-0.25))])
    rig.connect("b", "out/right")
    try rig.commit()
    let (left, right) = rig.renderStereo(960)
    #expect(left.allSatisfy { $0 == 0.5 })
    #expect(right[0] > 0.49 && right.last == -0.25 && steps(right).allSatisfy { abs($0) < 0.01 })
  }

  @Test func anEditElsewhereIsBitIdentical() throws {
    func play(edits: Bool) throws -> [Float] {
      let rig = EngineRig()
      rig.create("osc", "sine", [("frequency", .number(440))])
      rig.create("filt", "biquad", [("cutoff", .number(700))])
      rig.create("out", "output")
      rig.create("lfo", "sine", [("frequency", .number(20))])
      rig.connect("osc", "filt")
      rig.connect("lfo", "filt/cutoff", 2)
      rig.connect("filt", "out")
      try rig.commit()
      var sound = rig.render(4_800)
      for i in 0..<20 {
        if edits {
          rig.create("x\(i)", "sine", [("frequency", .number(100 + Float(i)))])
          if i > 0 { rig.connect("x\(i - 1)", "x\(i)/fm") }
          if i % 5 == 4 { rig.delete("x\(i - 2)") }
          try rig.commit()
        }
        sound += rig.render(640)
      }
      return sound
    }
    let plain = try play(edits: false), edited = try play(edits: true)
    #expect(plain == edited)
  }

  @Test func cableChangesRampWithoutSteps() throws {
    let rig = EngineRig()
    rig.create("osc", "sine", [("frequency", .number(50)), ("gain", .number(1))])
    rig.create("vca", "gain")
    rig.create("out", "output")
    rig.connect("osc", "out")
    try rig.commit()
    rig.render(4_800)
    // The sine's own steepest step, and the ramp's: 1 in 240 frames.
    let bound: Float = 2 * 3.1416 * 50 / 48_000 + 2 * 1 / 240 + 1e-4
    func check(_ what: String) {
      let sound = rig.render(2_400)
      #expect(peak(steps(sound)) <= bound, "\(what): \(peak(steps(sound)))")
    }
    rig.disconnect("osc", "out")
    try rig.commit()
    check("disconnect")
    #expect(peak(rig.render(480)) == 0)
    rig.connect("osc", "vca")
    rig.connect("vca", "out")
    try rig.commit()
    check("connect")
    rig.delete("vca")
    try rig.commit()
    check("delete")
    #expect(peak(rig.render(480)) == 0)
    #expect(rig.plans.isSettled && rig.plans.livePlanCount == 1)
  }

  @Test func scaledInputCrossfadesParameterAndCable() throws {
    let rig = EngineRig()
    rig.create("osc", "sine", [("frequency", .number(50)), ("gain", .number(1))])
    rig.create("vca", "gain")
    rig.create("lfo", "sine", [("frequency", .number(20)), ("gain", .number(1))])
    rig.create("out", "output")
    rig.connect("osc", "vca")
    rig.connect("vca", "out")
    try rig.commit()
    rig.render(4_800)
    rig.connect("lfo", "vca/gain", 0.5)
    try rig.commit()
    let bound: Float = 2 * 3.1416 * 70 / 48_000 + 2.0 / 240
    var sound = rig.render(4_800)
    #expect(peak(steps(sound)) < bound)
    rig.disconnect("lfo", "vca/gain")
    try rig.commit()
    sound = rig.render(4_800)
    #expect(peak(steps(sound)) < bound)
    #expect(peak(sound[2_400...]) > 0.999)
  }
}
