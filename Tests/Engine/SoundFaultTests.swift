import Engine
import PatchKit
import TestSupport
import Testing

/// Faults in the sound: found, muted without a click, reported, and faded back in.
@Suite struct SoundFaultTests {
  /// `in` → `filt` → left; a sine of its own → right.
  private func rig() throws -> EngineRig {
    let rig = EngineRig()
    rig.create("in", "input")
    rig.create("filt", "biquad")
    rig.create("osc", "sine", [("frequency", .number(500))])
    rig.create("out", "output")
    rig.connect("in", "filt")
    rig.connect("filt", "out/left")
    rig.connect("osc", "out/right", 0.5)
    try rig.commit()
    return rig
  }

  /// The steepest step of the sine itself.
  private let slope: Float = 0.25 * 2 * .pi * 500 / 48_000

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func singleFaultFadesAndRecovers(bad: Float) throws {
    let rig = try rig()
    rig.input = { (4_800..<4_810).contains($0) ? bad : 0.1 }
    let (left, right) = rig.renderStereo(48_000)
    #expect((left + right).allSatisfy { $0.isFinite })
    #expect(rig.faults.first == rig.serials["filt"], "what stays bad when the input is good again")
    #expect(rig.reports[0].kind == .notFinite && rig.reports[0].peak == .infinity)
    // The mix fades out and in again on ramps: the sine's own steps and theirs, no cut.
    #expect(peak(steps(right)) <= slope + 0.25 / 64 + 0.001, "\(peak(steps(right))) against \(slope)")
    #expect(peak(right[4_860..<4_880]) < 0.1)
    #expect(peak(right[6_000..<6_200]) > 0.24, "\(peak(right[4_000..<4_800])) \(peak(right[6_000..<6_200]))")
    #expect(abs(left[20_000] - 0.1) < 0.001, "the node is back")
  }

  @Test func permanentlyFaultyNodeStaysMuted() throws {
    let rig = try rig()
    rig.input = { $0 > 4_800 ? .nan : 0.1 }
    let (left, right) = rig.renderStereo(10 * 48_000)
    #expect((left + right).allSatisfy { $0.isFinite })
    // Silent twice as long each time; other nodes are affected by the first fault alone.
    #expect((2...12).contains(rig.faults.count), "\(rig.faults.count)")
    #expect(rig.faults.contains(rig.serials["in"]!))
    let quiet = stride(from: 6_000, to: right.count - 96, by: 96).count { peak(right[$0..<$0 + 96]) < 0.24 }
    #expect(quiet == 0, "the sine was quiet for \(quiet) of its periods")
  }

  @Test func runawayFeedbackLoopIsMuted() throws {
    let rig = EngineRig()
    rig.create("osc", "sine", [("frequency", .number(500))])
    rig.create("mix", "gain")
    rig.create("echo", "delay", [("time", .number(0.05)), ("mix", .number(1))])
    rig.create("loop", "feedback")
    rig.create("out", "output")
    rig.connect("osc", "mix", 0.1)
    rig.connect("mix", "echo")
    rig.connect("echo", "loop")
    rig.connect("loop", "mix", 3)
    rig.connect("mix", "out/left")
    rig.connect("osc", "out/right", 0.5)
    try rig.commit()
    let (left, right) = rig.renderStereo(10 * 48_000)
    #expect(peak(left) <= 48, "it goes no further than one round: \(peak(left))")
    let nodes = Set(["mix", "echo", "loop"].map { rig.serials[$0]! })
    #expect(!rig.faults.isEmpty && Set(rig.faults).isSubset(of: nodes))
    #expect(rig.reports.contains { $0.kind == .runaway && $0.peak > Engine.runawayLevel })
    #expect(peak(right[470_000...]) > 0.24, "what is not part of it plays on")
    let loud = left.count { $0.magnitude > 4 }
    #expect(loud < left.count / 10, "loud for \(loud) frames")
    // With less feedback it comes back.
    rig.connect("loop", "mix", 0.5)
    try rig.commit()
    rig.render(12 * 48_000)
    let before = rig.faults.count
    #expect(peak(rig.render(48_000)) > 0.02 && rig.faults.count == before)
  }

  @Test func excessiveOutputLevelIsReported() throws {
    let rig = EngineRig()
    rig.create("osc", "sine")
    rig.create("out", "output")
    rig.connect("osc", "out", 6)
    try rig.commit()
    let sound = rig.render(3 * 48_000)
    #expect(abs(peak(sound) - 3) < 0.01)
    let reports = rig.reports.filter { $0.kind == .tooLoud }
    #expect((2...4).contains(reports.count) && abs(reports.last!.peak - 3) < 0.01 && reports[0].node == -1)
    #expect(rig.engine.loudCount > 1_000 && rig.faults.isEmpty)
  }

  @Test func hugeSamplesCountAsFaults() throws {
    let rig = try rig()
    rig.create("big", "gain", [("gain", .number(4))])
    rig.connect("osc", "big", 1e38)
    rig.connect("big", "filt", 1e38)
    try rig.commit()
    let (left, right) = rig.renderStereo(96_000)
    #expect((left + right).allSatisfy { $0.isFinite })
    #expect(!rig.faults.isEmpty)
    #expect(peak(right[90_000...]) > 0.24)
  }

  @Test func faultHandlingIsRealtimeSafe() throws {
    let rig = try rig()
    rig.create("mix", "gain")
    rig.create("loop", "feedback")
    rig.connect("osc", "mix")
    rig.connect("mix", "loop")
    rig.connect("loop", "mix", 2)
    rig.connect("mix", "out/left", 0.1)
    rig.engine.limit(to: -1)
    try rig.commit()
    // Both commits sound; the loop has not grown yet.
    rig.render(192)
    #expect(rig.reports.isEmpty)
    let sound = UnsafeMutablePointer<Float>.allocate(capacity: 256)
    let bad = UnsafeMutablePointer<Float>.allocate(capacity: 128)
    bad.initialize(repeating: .nan, count: 128)
    defer {
      sound.deallocate()
      bad.deallocate()
    }
    let outputs: [UnsafeMutablePointer<Float>?] = [sound, sound + 128],
      inputs: [UnsafePointer<Float>?] = [UnsafePointer(bad), nil]
    let violations = realtimeViolations {
      for _ in 0..<400 { rig.engine.render(inputs: inputs, outputs: outputs, frames: 128) }
    }
    #expect(violations == 0)
    rig.plans.tick()
    #expect(rig.reports.contains { $0.kind == .runaway } && rig.reports.contains { $0.kind == .notFinite })
  }

  /// A decaying filter would make denormals, and slow the processor: they are flushed.
  @Test func denormalsOfDecayingTailsAreFlushed() throws {
    let rig = try rig()
    rig.create("room", "reverb")
    rig.create("ring", "svf", [("cutoff", .number(60))])
    rig.connect("in", "room")
    rig.connect("in", "ring")
    rig.connect("room", "out/left")
    rig.connect("ring", "out/left")
    try rig.commit()
    rig.input = { $0 == 100 ? 1 : 0 }
    for _ in 0..<20 {
      #expect(rig.render(48_000).allSatisfy { !$0.isSubnormal })
    }
  }
}
