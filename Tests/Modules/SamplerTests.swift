import Glibc
import ModuleKit
import TestSupport
import Testing

@Suite struct SamplerTests {
  /// A second of 441 Hz on the left, of 882 Hz on the right.
  static func tone(_ frames: Int = 48_000) -> SoundBuffer {
    SoundBuffer(
      channels: [441, 882].map { hertz in (0..<frames).map { Float(sineOf(hertz * Double($0) / 48_000)) } },
      rate: 48_000)
  }
  private func rig(_ sound: SoundBuffer = tone(), lanes: Int = 1) -> KernelRig {
    KernelRig("sampler", lanes: lanes, sounds: ["file": sound])
  }

  @Test func playsTheSoundAsItIs() {
    let rig = rig()
    rig["gate"] = 1
    let sound = rig.render(48_200)
    for i in 0..<47_990 { #expect(abs(sound["left"][0][i] - Float(sineOf(441 * Double(i) / 48_000))) < 1e-5) }
    #expect(abs(PowerSpectrum(Array(sound["right"][0][0..<32_768])).level(at: 882)) < 0.01)
    #expect(sound["left"][0][48_150...].allSatisfy { abs($0) < 0.1 })
    #expect(rig.violations == 0)
  }

  /// Between frames: images are far below the tone.
  @Test func pitchAndSpeed() {
    let cases: [(Float, Float, Double)] = [(1, 1, 882), (-1, 1, 220.5), (0, 1.5, 661.5), (0, -0.75, 330.75)]
    for (pitch, speed, hertz) in cases {
      let rig = rig()
      rig["gate"] = 1
      rig["pitch"] = pitch
      rig["speed"] = speed
      let spectrum = PowerSpectrum(Array(rig.render(16_600)["left"][0][100..<16_484]))
      #expect(abs(spectrum.level(at: hertz)) < 0.1, "\(hertz)")
      #expect(spectrum.distortionAndNoise(fundamental: hertz) < -90, "\(hertz)")
    }
  }

  @Test func startEndAndLoop() {
    let ramp = SoundBuffer(channels: [(0..<1_001).map { Float($0) / 1_000 }], rate: 48_000)
    let rig = rig(ramp)
    rig["start"] = 0.2
    rig["end"] = 0.5
    rig.choose("loop", "forward")
    rig.signal("gate") { frame, _ in frame < 1_000 ? 1 : 0 }
    let sound = rig.render(2_000)["left"][0]
    #expect(abs(sound[0] - 0.2) < 1e-3 && abs(sound[150] - 0.35) < 1e-3 && abs(sound[301 + 150] - 0.35) < 1e-3)
    // The gate is off: it plays to the end, then silence.
    #expect(sound[1_500...].allSatisfy { abs($0) < 0.05 })
    rig.reset()
    rig.choose("loop", "pingpong")
    let there = rig.render(700)["left"][0]
    #expect(abs(there[250] - 0.45) < 1e-3 && abs(there[400] - 0.4) < 5e-3 && abs(there[650] - 0.25) < 5e-3)
  }

  /// A new gate while it is loud, and an end while it is loud: no step larger than the tone's own.
  @Test func cutsWithoutAClick() {
    let rig = rig(Self.tone(11_987))
    rig.signal("gate") { frame, _ in frame % 5_021 < 2_000 ? 1 : 0 }
    let sound = rig.render(40_000)["left"][0]
    let step = zip(sound, sound.dropFirst()).map { abs($1 - $0) }.max()!
    #expect(step < 0.1, "\(step)")
  }

  @Test func lanesAgreeAtEveryBlockSize() {
    func busy(_ rig: KernelRig, _ voices: [Int]) {
      rig.signal("gate") { frame, lane in (frame + 91 * voices[lane]) % 1_500 < 700 ? 1 : 0 }
      rig.signal("pitch") { frame, lane in Float(voices[lane]) * 0.1 - 0.4 }
      rig.signal("speed") { frame, lane in sinf(Float(frame) * 0.002 + Float(voices[lane])) * 2 }
      rig.choose("loop", "pingpong")
    }
    let eight = rig(lanes: 8), inBlocks = rig(lanes: 8)
    busy(eight, Array(0..<8))
    busy(inBlocks, Array(0..<8))
    let sound = eight.render(6_000)
    #expect(inBlocks.render(6_000, block: 15).difference(from: sound) == 0)
    for lane in [0, 5] {
      let one = KernelRig("sampler", voices: 8, firstVoice: lane, sounds: ["file": Self.tone()])
      busy(one, [lane])
      #expect(worstDifference(one.render(6_000)["left"][0], sound["left"][lane]) < 1e-5)
    }
    #expect(eight.violations == 0)
  }

  @Test(arguments: [1, 2, 3, 20]) func shortSoundsAreSafe(frames: Int) {
    let sound = SoundBuffer(channels: [[Float](repeating: 0.5, count: frames)], rate: 48_000)
    for loop in ["off", "forward", "pingpong"] {
      for speed: Float in [-16, -0.3, 0, 16] {
        let rig = rig(sound, lanes: 8)
        rig["gate"] = 1
        rig["pitch"] = 10
        rig["speed"] = speed
        rig.choose("loop", loop)
        #expect(rig.render(500).isFinite)
      }
    }
  }

  @Test func withoutAFileItIsSilent() {
    let rig = KernelRig("sampler")
    rig["gate"] = 1
    #expect(rig.render(100).peak == 0 && rig.isConstant("left"))
  }
}
