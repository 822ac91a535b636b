import Glibc
import ModuleKit
import TestSupport
import Testing

/// Loops and root keys of the file, reversed playback, crossfades at the seam of a loop.
@Suite struct SamplerLoopTests {
  private func rig(
    _ wave: [Float], _ loop: SoundLoop?, root: Float? = nil, lanes: Int = 1, choice: String = "file"
  ) -> KernelRig {
    var info = SoundInfo()
    info.loop = loop
    info.root = root
    let rig = KernelRig(
      "sampler", lanes: lanes, sounds: ["file": SoundBuffer(channels: [wave], rate: 48_000, info: info)])
    rig["gate"] = 1
    rig.choose("loop", choice)
    return rig
  }
  private func tone(_ hertz: Double, _ frames: Int) -> [Float] {
    (0..<frames).map { Float(sineOf(hertz * Double($0) / 48_000)) }
  }

  /// A tone loops in tune, also where the loop is no whole number of frames, and transposed.
  @Test(
    arguments: [(480, 500, 0), (440, 545.454_545_45, 0), (440, 545.454_545_45, 7 / 12), (480, 100, -0.5)]
      as [(Double, Double, Float)])
  func sustainLoopOfTheFileRepeats(hertz: Double, length: Double, pitch: Float) {
    let rig = rig(tone(hertz, 3_000), SoundLoop(start: 1_000, length: length))
    rig["pitch"] = pitch
    rig.skip(3_000)
    let spectrum = PowerSpectrum(rig.render(1 << 15).main), heard = hertz * exp2(Double(pitch))
    #expect(abs(spectrum.level(at: heard)) < 0.05)
    #expect(spectrum.distortionAndNoise(fundamental: heard) < -80, "\(spectrum.distortionAndNoise(fundamental: heard))")
  }

  /// After the gate the sound plays on to its end.
  @Test func sustainLoopEndsWithTheGate() {
    let wave = (0..<2_000).map { Float($0 < 1_000 ? 0.25 : 0.75) }
    let rig = rig(wave, SoundLoop(start: 200, length: 500))
    rig.signal("gate") { frame, _ in frame < 5_000 ? 1 : 0 }
    let sound = rig.render(8_000).main
    #expect(sound[..<5_000].allSatisfy { abs($0 - 0.25) < 1e-3 })
    #expect(sound[5_900..<6_200].allSatisfy { abs($0 - 0.75) < 1e-2 })
    #expect(sound[7_500...].allSatisfy { abs($0) < 1e-3 })
  }

  @Test func alternatingAndBackwardLoops() {
    let ramp = (0..<2_001).map { Float($0) / 2_000 }
    let alternating = rig(ramp, SoundLoop(start: 500, length: 1_001, course: .alternating)).render(4_000).main
    #expect(abs(alternating[1_400] - 0.7) < 2e-3 && abs(alternating[1_600] - 0.7) < 2e-3)
    #expect(abs(alternating[2_400] - 0.3) < 2e-3 && abs(alternating[2_700] - 0.35) < 2e-3)
    let backward = rig(ramp, SoundLoop(start: 500, length: 1_000, course: .backward)).render(4_000).main
    #expect(abs(backward[1_400] - 0.7) < 2e-3 && abs(backward[2_000] - 0.5) < 2e-3 && abs(backward[2_600] - 0.7) < 4e-3)
  }

  /// Backwards through the loop, too.
  @Test func reverseLoopsBackwards() {
    let ramp = (0..<2_001).map { Float($0) / 2_000 }
    let rig = rig(ramp, SoundLoop(start: 500, length: 1_000))
    rig["reverse"] = 1
    let sound = rig.render(5_000).main
    #expect(abs(sound[100] - 0.95) < 1e-3 && abs(sound[1_400] - 0.3) < 1e-3 && abs(sound[1_700] - 0.65) < 4e-3)
    let once = self.rig(ramp, nil, choice: "off")
    once["reverse"] = 1
    let played = once.render(2_400).main
    for i in stride(from: 0, to: 2_000, by: 50) { #expect(abs(played[i] - Float(2_000 - i) / 2_000) < 1e-5) }
    #expect(abs(played[2_399]) < 1e-3)
  }

  /// A seam between different phases has a step; a crossfade of 5 ms has none.
  @Test func crossfadeHidesTheSeam() {
    func step(_ seconds: Float, lanes: Int) -> Float {
      let rig = rig(tone(480, 3_000), SoundLoop(start: 1_000, length: 525), lanes: lanes)
      rig["crossfade"] = seconds
      let sound = rig.render(6_000)["left"][lanes - 1]
      return zip(sound[100...], sound[101...]).map { abs($1 - $0) }.max()!
    }
    for lanes in [1, 8] {
      #expect(step(0, lanes: lanes) > 0.5)
      #expect(step(0.005, lanes: lanes) < 0.08, "\(step(0.005, lanes: lanes))")
    }
  }

  @Test(
    arguments: [
      (69, nil, 480), (60, nil, 480 * 1.681_792_8), (0, 81, 240), (0, 69.5, 466.335), (0, nil, 480), (69, 81, 480),
    ] as [(Float, Float?, Double)])
  func rootKeySetsThePitch(root: Float, stated: Float?, hertz: Double) {
    let rig = rig(tone(480, 60_000), nil, root: stated, choice: "off")
    rig["root"] = root
    let spectrum = PowerSpectrum(rig.render(1 << 14).main)
    #expect(abs(spectrum.level(at: hertz)) < 0.05, "\(spectrum.level(at: hertz))")
  }

  /// Loops at the very ends of a sound, and of a frame.
  @Test(arguments: [(0.0, 20.0), (19, 1), (0, 1), (10, 9.5), (0.5, 2)]) func loopsAtTheEndsAreSafe(
    start: Double, length: Double
  ) {
    for course in SoundLoop.Course.allCases {
      for speed: Float in [-16, -0.3, 0.7, 16] {
        let rig = rig(
          [Float](repeating: 0.5, count: 20), SoundLoop(start: start, length: length, course: course), lanes: 8)
        rig["speed"] = speed
        rig["pitch"] = 4
        rig["crossfade"] = 0.001
        #expect(rig.render(500).isFinite)
      }
    }
  }
}
