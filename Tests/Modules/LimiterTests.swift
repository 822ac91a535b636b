import Glibc
import TestSupport
import Testing

@Suite struct LimiterTests {
  /// Bursts and clicks far above the threshold, different in every lane.
  private func rig(_ lanes: Int = 8, rate: Float = 48_000) -> KernelRig {
    let rig = KernelRig("limiter", lanes: lanes, rate: rate)
    rig["threshold"] = -6
    rig["release"] = 0.02
    rig.signal("in") { frame, lane in Self.bursts(frame, lane) }
    return rig
  }

  private static func bursts(_ frame: Int, _ lane: Int) -> Float {
    let tone = sinf(Float(frame) * (0.05 + 0.03 * Float(lane)))
    return frame % (1_000 + 77 * lane) == 0 ? 9 : frame % 6_000 < 3_000 ? tone * 3 : tone * 0.1
  }

  @Test(arguments: [8_000, 44_100, 48_000, 96_000, 192_000] as [Float]) func limiterKeepsTheThreshold(
    rate: Float
  ) {
    let sound = rig(rate: rate).render(48_000)["out"]
    for lane in 0..<8 {
      let peak = sound[lane].map(abs).max()!
      #expect(peak <= 0.501_19 * 1.000_01 && peak > 0.49, "lane \(lane): \(peak)")
    }
  }

  /// Signals below the threshold are unchanged, 1.5 ms and eight frames late.
  @Test func signalsBelowTheThresholdAreUnchanged() {
    let rig = KernelRig("limiter")
    rig.signal("in") { frame, _ in 0.8 * sinf(Float(frame) * 0.1) }
    let sound = rig.render(4_000).main
    for i in 200..<4_000 { #expect(abs(sound[i] - 0.8 * sinf(Float(i - 79) * 0.1)) < 1e-6) }
  }

  /// The gain has no step: a sine that swells suddenly is reduced on a ramp.
  @Test func limitingMakesNoClick() {
    let rig = KernelRig("limiter")
    rig["threshold"] = -20
    rig.signal("in") { frame, _ in frame < 2_000 ? 0.05 : 1 }
    let reduction = rig.render(6_000)["reduction"][0]
    let steps = zip(reduction, reduction.dropFirst()).map { $1 - $0 }
    #expect(steps.max()! < 3 && reduction.last! > 19.9)
  }

  /// Also with a side chain, and while the parameters move: the gain for a frame is complete when it leaves.
  @Test func limiterFollowsTheSideChain() {
    let rig = KernelRig("limiter", lanes: 8)
    rig["threshold"] = -20
    rig.signal("in") { _, _ in 1 }
    rig.signal("side") { frame, lane in frame % 4_800 == 2_000 + 11 * lane ? 1 : 0.05 }
    let sound = rig.render(12_000)["out"]
    for lane in 0..<8 {
      #expect(abs(sound[lane][2_079 + 11 * lane] - 0.1) < 1e-5)
      #expect(sound[lane][200..<1_990].allSatisfy { $0 == 1 })
    }
  }

  /// The gain reduction is output, to a thousandth of a dB.
  @Test func gainReductionIsOutput() {
    let rig = rig(1)
    let sound = rig.render(48_000), out = sound["out"][0], told = sound["reduction"][0]
    let fresh = self.rig(1)
    fresh["threshold"] = 0
    fresh["makeup"] = 0
    fresh.signal("in") { frame, _ in 0.01 * Self.bursts(frame, 0) }
    let dry = fresh.render(48_000)["out"][0]
    for i in 0..<48_000 where abs(dry[i]) > 1e-4 {
      #expect(abs(20 * log10f(abs(out[i] / (100 * dry[i]))) + told[i]) < 1e-3)
    }
  }

  @Test func doesNotDrift() {
    let rig = rig(1)
    rig.skip(480_000)
    rig.signal("in") { frame, _ in 0.3 * sinf(Float(frame % 48_000) * 0.1) }
    rig.skip(48_000)
    #expect(rig.render(1_000)["reduction"][0].allSatisfy { abs($0) < 1e-5 })
  }

  /// The peaks between the samples of a tone at a quarter of the rate, of corners, and of a chord, at eight times the
  /// rate.
  @Test(arguments: ["sine", "corner", "chord"]) func limiterLimitsTruePeaks(kind: String) {
    let rig = KernelRig("limiter")
    rig["threshold"] = -1
    rig.signal("in") { frame, _ in
      switch kind {
      case "sine": 1.5 * sinf(Float(frame) * .pi / 2 + .pi / 4)
      case "corner": frame % 3_000 < 40 && frame % 4 < 2 ? 1 : -1
      default: [0.41, 0.93, 1.37, 1.71].reduce(0) { $0 + sinf(Float(frame) * $1) }
      }
    }
    let sound = rig.render(24_000).main
    var peak = 0.0
    for i in 1_000..<8_000 {
      for step in 0..<8 {
        var y = 0.0
        for k in -31...32 {
          let x = Double(step) / 8 - Double(k), window = 0.5 + 0.5 * cos(.pi * x / 33)
          y += Double(sound[i + k]) * (x == 0 ? 1 : sin(.pi * x) / (.pi * x) * window)
        }
        peak = max(peak, abs(y))
      }
    }
    #expect(20 * log10(peak) < -0.9, "\(20 * log10(peak)) dB")
    #expect(20 * log10(peak) > -1.6)
  }

  /// `peak` `sample` is the limiter of samples alone: as before, eight frames sooner.
  @Test func samplePeaksAreSooner() {
    let rig = KernelRig("limiter")
    rig.choose("peak", "sample")
    rig["threshold"] = -1
    rig.signal("in") { frame, _ in 1.2 * sinf(Float(frame) * .pi / 2 + .pi / 4) }
    let sound = rig.render(4_000).main
    for i in 200..<4_000 { #expect(abs(sound[i] - 1.2 * sinf(Float(i - 71) * .pi / 2 + .pi / 4)) < 1e-4) }
    let module = rig.module
    let latencies = [0, 1].map { choice in
      module.latencyFrames(48_000) { module.inputs[$0].name == "peak" ? choice : module.inputs[$0].defaultValue }
    }
    #expect(latencies == [79, 71])
  }
}
