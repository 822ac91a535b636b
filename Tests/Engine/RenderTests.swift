import Engine
import PatchKit
import TestSupport
import Testing

/// The whole engine: any period, real-time safe, faults repaired.
@Suite struct RenderTests {
  /// A patch with loops, polyphony where there are voices, parameters that move and cables of every rule.
  private func rig(voices: Int = 1) throws -> EngineRig {
    let rig = EngineRig()
    try rig.patch.setVoices(voices)
    rig.create("osc", "saw", [("frequency", .number(110))])
    rig.create("lfo", "sine", [("frequency", .number(20))])
    rig.create("filt", "biquad", [("cutoff", .number(900)), ("q", .number(3))])
    rig.create("env", "adsr")
    rig.create("gate", "pulse", [("frequency", .number(20))])
    rig.create("vca", "gain")
    rig.create("echo", "delay", [("time", .number(0.05)), ("mix", .number(0.5))])
    rig.create("loop", "feedback")
    rig.create("pan", "pan")
    rig.create("out", "output")
    rig.connect("osc", "filt")
    rig.connect("lfo", "filt/cutoff", 2)
    rig.connect("gate", "env/gate")
    rig.connect("filt", "vca")
    rig.connect("env", "vca/gain")
    rig.connect("vca", "echo")
    rig.connect("echo", "loop")
    rig.connect("loop", "vca", 0.2)
    rig.connect("echo", "pan")
    rig.connect("lfo", "pan/pan", 0.5)
    rig.connect("pan/left", "out/left")
    rig.connect("pan/right", "out/right")
    return rig
  }

  @Test(arguments: [1, 15, 64, 100, 1_024, 8_192]) func outputIsIndependentOfThePeriod(period: Int) throws {
    func play(_ period: Int) throws -> [Float] {
      let rig = try rig()
      try rig.commit()
      rig.set("filt", "cutoff", 2_000, at: 3_000)
      rig.set("osc", "frequency", 220, at: 5_001)
      rig.set("osc", "gain", 0.1, at: 7_777)
      return rig.render(16_384, period: period)
    }
    let reference = try play(256), sound = try play(period)
    let difference = peak(zip(reference, sound).map { $0 - $1 })
    #expect(peak(reference) > 0.05 && difference <= 1e-6, "\(difference)")
  }

  @Test func renderingIsRealtimeSafe() throws {
    #expect(realtimeIsChecked)
    let rig = try rig(voices: 12)
    try rig.commit()
    let out = UnsafeMutablePointer<Float>.allocate(capacity: 4_096)
    defer { out.deallocate() }
    let channels: [UnsafeMutablePointer<Float>?] = [out, out + 2_048]
    // The very first period included: nothing may be warmed up before.
    for i in 0..<200 {
      if i % 10 == 5 {
        rig.create("x\(i)", "saw")
        rig.connect("x\(i)", "filt", 0.1)
        if i > 50 { rig.delete("x\(i - 40)") }
        try rig.commit()
      }
      rig.set("filt", "cutoff", Float(500 + 10 * i))
      rig.set("osc", "gain", Float(i % 10) / 10, at: rig.engine.frame + 300)
      let violations = channels.withUnsafeBufferPointer { channels in
        realtimeViolations { rig.engine.render(inputs: nil, outputs: channels.baseAddress!, frames: 1 + i * 10) }
      }
      #expect(violations == 0, "period \(i)")
      rig.plans.tick()
    }
  }

  @Test func faultyNodeIsMutedReportedAndRestored() throws {
    let rig = EngineRig()
    rig.create("in", "input")
    rig.create("filt", "biquad")
    rig.create("osc", "sine", [("frequency", .number(500))])
    rig.create("out", "output")
    rig.connect("in", "filt")
    rig.connect("filt", "out")
    rig.connect("osc", "out")
    try rig.commit()
    rig.input = { (4_800..<4_810).contains($0) ? .nan : 0.1 }
    let sound = rig.render(48_000)
    #expect(sound.allSatisfy { $0.isFinite })
    #expect(rig.faults.contains(rig.serials["filt"]!) || rig.faults.contains(rig.serials["in"]!))
    // The filter passes the constant again, beside the sine.
    let tail = sound[40_320...]
    #expect(abs(tail.reduce(0, +) / Float(tail.count) - 0.1) < 0.001)
  }

  @Test func anyNumberOfFramesAndNoPlanIsSilence() {
    let rig = EngineRig()
    #expect(peak(rig.render(10_000, period: 10_000)) == 0)
    #expect(peak(rig.render(1, period: 1)) == 0)
  }
}
