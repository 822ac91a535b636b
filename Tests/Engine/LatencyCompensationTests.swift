import Engine
import Glibc
import PatchKit
import TestSupport
import Testing

/// Parallel paths of different latency meet in time.
@Suite struct LatencyCompensationTests {
  /// An impulse at frame 100, directly and through `module`.
  private func rig(_ module: String, _ params: [(String, ParamValue)] = []) throws -> EngineRig {
    let rig = EngineRig()
    rig.input = { $0 == 1_100 ? 0.1 : 0 }
    rig.create("in", "input")
    rig.create("fx", module, params)
    rig.create("out", "output")
    rig.connect("in", "fx")
    rig.connect("fx", "out/left")
    rig.connect("in", "out/left")
    return rig
  }
  private func frames(_ sound: [Float]) -> [Int] { sound.indices.filter { abs(sound[$0]) > 0.05 } }

  @Test func limiterAndDryPathMeetOnOneFrame() throws {
    let rig = try rig("limiter"), latency = rig.patch.latencyFrames(in: registry, sampleRate: 48_000)
    try rig.commit()
    let sound = rig.render(2_000)
    #expect(latency > 0 && frames(sound) == [1_100 + latency] && abs(sound[1_100 + latency] - 0.2) < 1e-4)
    // Without compensation there are two.
    let other = try self.rig("limiter")
    other.patch.compensatesLatency = false
    try other.commit()
    #expect(frames(other.render(2_000)) == [1_100, 1_100 + latency])
    #expect(
      try PlanListing(rig.patch, registry: registry).text.contains("delay \(latency)")
        && !PlanListing(other.patch, registry: registry).text.contains("delay"))
  }

  /// Also where they meet at two outputs, and in a mixer behind.
  @Test func pathsMeetAtTwoOutputs() throws {
    let rig = try rig("limiter"), latency = rig.patch.latencyFrames(in: registry, sampleRate: 48_000)
    rig.disconnect("in", "out/left")
    rig.create("other", "output")
    rig.connect("in", "other/left")
    try rig.commit()
    #expect(frames(rig.render(2_000)) == [1_100 + latency])
  }

  /// Voices: the sum of both paths is twice the delayed one, also for voices that were idle.
  @Test func compensationHoldsForVoices() throws {
    func sound(_ isBoth: Bool) throws -> [Float] {
      let rig = EngineRig()
      try rig.patch.setVoices(8)
      rig.create("keys", "notes")
      rig.create("osc", "saw", [("gain", .number(0.05))])
      rig.create("env", "adsr", [("attack", .number(0.001)), ("release", .number(0.01))])
      rig.create("vca", "gain")
      rig.create("fx", "limiter", [("threshold", .number(0))])
      rig.create("out", "output")
      rig.connect("keys/pitch", "osc/frequency")
      rig.connect("keys/gate", "env/gate")
      rig.connect("osc", "vca")
      rig.connect("env", "vca/gain")
      rig.connect("vca", "fx")
      rig.connect("fx", "out/left", isBoth ? 1 : 2)
      if isBoth { rig.connect("vca", "out/left") }
      try rig.commit()
      for i in 0..<6 {
        rig.on(Float(50 + 3 * i), at: 500 + 20_000 * i)
        rig.off(Float(50 + 3 * i), at: 6_000 + 20_000 * i)
      }
      return rig.render(120_000, period: 1_024)
    }
    let both = try sound(true), late = try sound(false)
    #expect(peak(both) > 0.05)
    #expect(peak(zip(both, late).map { $0 - $1 }) < 1e-4)
  }

  /// A loop keeps its time: nothing in it is delayed.
  @Test func loopsAreNotCompensated() throws {
    let rig = EngineRig()
    rig.create("in", "input")
    rig.create("sum", "mix")
    rig.create("fx", "limiter")
    rig.create("loop", "delay", [("time", .number(0.1))])
    rig.create("out", "output")
    rig.connect("in", "sum/in1")
    rig.connect("sum", "fx")
    rig.connect("fx", "loop")
    rig.connect("sum", "loop")
    rig.connect("loop", "sum/in2", 0.5)
    rig.connect("sum", "out")
    try rig.commit()
    let delays = try PlanListing(rig.patch, registry: registry).steps.filter { $0.work.hasPrefix("delay ") }
    #expect(delays.isEmpty, "\(delays)")
  }

  /// Only what meets is related: a limiter on other channels leaves the sound as it is, bit by bit.
  @Test func outputsOnOtherChannelsAreNotDelayed() throws {
    func sound(edited: Bool, channel: Float) throws -> [Float] {
      let rig = EngineRig()
      rig.create("osc", "sine", [("frequency", .number(200))])
      rig.create("out", "output")
      rig.connect("osc", "out/left")
      try rig.commit()
      rig.render(4_800)
      if edited {
        rig.create("fx", "limiter")
        rig.create("other", "output", [("channel", .number(channel))])
        rig.connect("osc", "fx")
        rig.connect("fx", "other/right")
        try rig.commit()
      }
      return rig.render(9_600)
    }
    let alone = try sound(edited: false, channel: 1)
    #expect(try sound(edited: true, channel: 3) == alone)
    #expect(try sound(edited: true, channel: 1) != alone)
  }

  /// A limiter that is added beside a sounding path moves that without a click.
  @Test func compensationIsCrossfadedOnAnEdit() throws {
    let rig = EngineRig()
    rig.create("osc", "sine", [("frequency", .number(200)), ("gain", .number(0.1))])
    rig.create("out", "output")
    rig.connect("osc", "out/left")
    try rig.commit()
    rig.render(4_800)
    rig.create("fx", "limiter")
    rig.connect("osc", "fx")
    rig.connect("fx", "out/left")
    try rig.commit()
    let sound = rig.render(9_600), curves = zip(steps(sound).dropFirst(), steps(sound)).map { $0 - $1 }
    // 200 Hz of 0.2 bends by 0.2 · (2π · 200 / 48000)² a frame.
    #expect(peak(curves) < 0.003, "\(peak(curves))")
    #expect(abs(peak(sound[4_800...]) - 0.2) < 0.002)
  }
}
