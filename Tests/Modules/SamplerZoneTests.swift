import Glibc
import ModuleKit
import TestSupport
import Testing

/// Regions of an SFZ file in the sampler.
@Suite struct SamplerZoneTests {
  private func tone(_ hertz: Double, channels: Int = 1, _ frames: Int = 30_000) -> SoundBuffer {
    SoundBuffer(
      channels: (0..<channels).map { _ in (0..<frames).map { Float(sineOf(hertz * Double($0) / 48_000)) } },
      rate: 48_000)
  }
  private func rig(_ zones: [SoundZone], lanes: Int = 1) -> KernelRig {
    let rig = KernelRig(
      "sampler", lanes: lanes, sounds: ["file": SoundBuffer(zones: zones, rate: 48_000, info: SoundInfo())])
    rig["gate"] = 1
    return rig
  }
  private func zone(_ sound: SoundBuffer, _ keys: ClosedRange<Int>, _ set: (inout SoundZone) -> Void = { _ in })
    -> SoundZone
  {
    var zone = SoundZone(sound)
    zone.keys = keys
    set(&zone)
    return zone
  }

  /// Each voice plays the region of its key, in tune; a key without one is silent.
  @Test func regionsByKey() {
    let low = zone(tone(300), 20...59) { $0.root = 48 }
    let high = zone(tone(1_000, channels: 2), 60...100) { ($0.root, $0.tune) = (72, 50) }
    let rig = rig([low, high], lanes: 8)
    let keys: [Float] = [36, 48, 59, 60, 72, 84, 101, 10]
    rig.set("pitch", lanes: keys.map { ($0 - 69) / 12 })
    let sound = rig.render(1 << 13)["left"]
    for (lane, key) in keys.enumerated() {
      let (hertz, root) = key < 60 ? (300.0, 48.0) : (1_000, 71.5)
      let spectrum = PowerSpectrum(sound[lane])
      if key > 100 || key < 20 {
        #expect(sound[lane].allSatisfy { $0 == 0 })
      } else {
        #expect(abs(spectrum.level(at: hertz * exp2((Double(key) - root) / 12))) < 0.05, "key \(key)")
      }
    }
  }

  @Test func regionsByVelocityAndTheFirstOfSeveral() {
    let soft = zone(tone(300), 0...127) { ($0.velocities, $0.root) = (0...63, 69) }
    let loud = zone(tone(700), 0...127) { ($0.velocities, $0.root) = (60...127, 69) }
    for (velocity, hertz) in [(0.2, 300.0), (0.49, 300), (0.6, 700), (1, 700)] as [(Float, Double)] {
      let rig = rig([soft, loud])
      rig["velocity"] = velocity
      #expect(abs(PowerSpectrum(rig.render(1 << 13).main).level(at: hertz)) < 0.05, "\(velocity)")
    }
  }

  @Test func gainPanAndEnvelope() {
    let constant = SoundBuffer(channels: [[Float](repeating: 1, count: 40_000)], rate: 48_000)
    let shaped = zone(constant, 0...127) {
      ($0.root, $0.gain, $0.pan) = (69, 0.5, 0.5)
      ($0.attack, $0.hold, $0.decay, $0.sustain, $0.release) = (0.1, 0.05, 0.1, 0.5, 0.2)
    }
    let rig = rig([shaped])
    rig.signal("gate") { frame, _ in frame < 20_000 ? 1 : 0 }
    let sound = rig.render(36_000), left = sound["left"][0], right = sound["right"][0]
    #expect(abs(right[2_400] - 0.25) < 1e-3 && abs(left[2_400] - 0.125) < 1e-3)
    #expect(abs(right[5_000] - 0.5) < 1e-3 && abs(right[7_000] - 0.5) < 1e-3)
    #expect(abs(right[19_000] - 0.25) < 1e-3)
    // −60 dB after 0.2 s.
    #expect(abs(20 * log10f(right[24_800] / right[19_999]) + 30) < 0.1)
    #expect(right[34_000...].allSatisfy { $0 == 0 || abs($0) < 1e-6 })
  }

  /// Without a release the sound is faded within milliseconds, not cut; a one-shot plays on.
  @Test func releaseAndOneShot() {
    for mode in [0, 1] {
      let rig = rig([zone(tone(500), 0...127) { ($0.root, $0.mode) = (69, mode == 0 ? .once : .oneShot) }])
      rig.signal("gate") { frame, _ in frame < 5_000 ? 1 : 0 }
      let sound = rig.render(12_000).main
      let step = zip(sound, sound.dropFirst()).map { abs($1 - $0) }.max()!
      #expect(step < 0.09, "\(step)")
      let rest = sound[6_500..<11_000].map(abs).max()!
      #expect(mode == 0 ? rest < 1e-3 : rest > 0.99)
    }
  }

  /// A continuous loop goes on during the release, a sustain loop ends with the gate.
  @Test func loopModesOfRegions() {
    let wave = (0..<3_000).map { Float($0 < 1_500 ? 0.25 : 0.75) }
    let sound = SoundBuffer(channels: [wave], rate: 48_000)
    for (mode, level) in [(0, Float(0.25)), (1, 0.75)] {
      let rig = rig([
        zone(sound, 0...127) {
          ($0.root, $0.release, $0.mode) = (69, 100, mode == 0 ? .continuous : .sustain)
          $0.loop = SoundLoop(start: 100, length: 1_000)
        }
      ])
      rig.signal("gate") { frame, _ in frame < 10_000 ? 1 : 0 }
      let sound = rig.render(12_000).main
      #expect(abs(sound[9_000] - 0.25) < 1e-3 && abs(sound[11_700] - level) < 0.02, "\(mode): \(sound[11_700])")
    }
  }
}
