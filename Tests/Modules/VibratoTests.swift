import Glibc
import TestSupport
import Testing

@Suite struct VibratoTests {
  @Test func bendsThePitchByItsDepth() {
    for depth: Float in [0.3, 1] {
      let rig = KernelRig("vibrato")
      rig["depth"] = depth
      rig["rate"] = 5
      // The slope of a ramp is its playback speed.
      rig.signal("in") { frame, _ in Float(frame) / 1_024 }
      let sound = rig.render(20_000).main
      let speeds = (5_000..<19_000).map { (sound[$0 + 96] - sound[$0]) * 1_024 / 96 }
      let up = 12 * log2f(speeds.max()!)
      #expect(abs(up / depth - 1) < 0.05, "\(up) semitones for \(depth)")
    }
  }
}
