import Engine
import Glibc
import PatchKit
import Testing

/// Idle voices cost nothing and change nothing.
@Suite struct IdleVoicesTests {
  @Test(arguments: [1, 15, 100, 1_024]) func idleVoicesDoNotChangeTheSoundAtAnyPeriod(period: Int) throws {
    func play(_ period: Int) throws -> [Float] {
      let rig = try EngineRig.organ(voices: 24)
      for (i, key) in [60, 64, 67, 71, 74, 77, 81, 84, 88, 91].enumerated() {
        rig.on(Float(key), at: 1_000 + 37 * i)
        rig.off(Float(key), at: 5_000 + 641 * i)
      }
      rig.on(50, at: 30_001)
      rig.off(50, at: 34_001)
      return rig.render(48_000, period: period)
    }
    let reference = try play(64), sound = try play(period)
    #expect(peak(reference[2_000..<5_000]) > 1 && peak(reference[31_000..<33_000]) > 0.4)
    #expect(peak(reference[24_000..<30_000]) == 0 && peak(reference[44_000...]) == 0)
    #expect(peak(zip(reference, sound).map { $0 - $1 }) <= 1e-6)
  }

  @Test func idleVoicesCostNextToNothing() throws {
    let rig = try EngineRig.organ(voices: 64)
    // A saw through a low-pass with an envelope, panned by voice.
    rig.delete("osc")
    rig.create("osc", "saw", [("frequency", .number(440))])
    rig.create("filt", "biquad", [("cutoff", .number(500))])
    rig.create("voice", "voice")
    for (from, to) in [
      ("keys/pitch", "osc/frequency"), ("osc", "filt"), ("env", "filt/cutoff"), ("filt", "vca"),
      ("voice/spread", "osc/fm"),
    ] { rig.connect(from, to) }
    try rig.commit()
    rig.render(4_800)
    /// Processor seconds of this thread per second of sound.
    func cost() -> Double {
      func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
      }
      return (0..<9).map { _ in
        let start = seconds()
        rig.render(48_000, period: 1_024)
        return seconds() - start
      }.min()!
    }
    for key in 0..<64 { rig.on(Float(30 + key)) }
    rig.render(4_800)
    #expect(rig.engine.soundingVoices == 64)
    let busy = cost()
    rig.play(.allOff)
    rig.render(24_000)
    #expect(rig.engine.soundingVoices == 0)
    let idle = cost()
    // `weft-bench idle-voices` has the narrow bound; here the rig's own work and a busy machine add to the time.
    #expect(idle < 0.05 * busy, "\(idle) \(busy)")
  }

  /// A constant node is idle with the voices that read it; where another node reads it, too, it runs.
  @Test func constantNodesOfIdleVoicesAreSkipped() throws {
    func play(isHeardElsewhere: Bool) throws -> [Float] {
      let rig = try EngineRig.organ(voices: 16)
      rig.create("voice", "voice")
      rig.connect("voice/random", "osc/fm", 20)
      rig.connect("voice/index", "touch/gain", 0.05)
      if isHeardElsewhere {
        rig.create("other", "output")
        rig.connect("voice/index", "other", 0)
      }
      try rig.commit()
      for i in 0..<40 {
        rig.on(Float(50 + i * 5 % 30), at: 1_000 + 997 * i)
        rig.off(Float(50 + i * 5 % 30), at: 1_300 + 997 * i)
      }
      return rig.render(48_000)
    }
    let rested = try play(isHeardElsewhere: false)
    #expect(rested == (try play(isHeardElsewhere: true)) && peak(rested) > 0.1)
  }

  @Test func echoTailOutlastsIdleVoices() throws {
    let rig = try EngineRig.organ(voices: 2)
    rig.create("echo", "delay", [("time", .number(0.5)), ("mix", .number(0.5)), ("feedback", .number(0))])
    rig.disconnect("vca", "touch")
    rig.connect("vca", "echo")
    rig.connect("echo", "touch")
    try rig.commit()
    rig.render(4_800)
    rig.on(69)
    rig.off(69, at: rig.engine.frame + 2_400)
    let sound = rig.render(48_000)
    #expect(peak(sound[24_000..<27_000]) > 0.1)
  }
}
