import Glibc
import ModuleKit
import TestSupport
import Testing

/// The band limit of transposed samples: aliases, and the level within the band.
@Suite struct SamplerBandTests {
  private static let frames = 1 << 14

  private func rig(_ frames: Int, pitch: Float, _ wave: (Int) -> Double) -> KernelRig {
    let sound = SoundBuffer(channels: [(0..<frames).map { Float(wave($0)) }], rate: 48_000)
    let rig = KernelRig("sampler", sounds: ["file": sound])
    rig["gate"] = 1
    rig["pitch"] = pitch
    return rig
  }
  private func rig(_ hertz: Double, _ frames: Int, pitch: Float) -> KernelRig {
    rig(frames, pitch: pitch) { sineOf(hertz * Double($0) / 48_000) }
  }

  /// The spectrum of a tone played at some semitones, and its frequency.
  private func spectrum(_ hertz: Double, semitones: Double) -> (PowerSpectrum, Double) {
    let pitch = Float(semitones / 12), speed = exp2(Double(pitch))
    let rig = rig(hertz, Int(Double(Self.frames + 600) * speed), pitch: pitch)
    rig.skip(300)
    return (PowerSpectrum(rig.render(Self.frames).main), hertz * speed)
  }

  /// Tones within the band keep their level, and are alone; above it there is silence.
  @Test(arguments: [-24, -12, -5, -1, -0.01, 0.01, 1, 3, 4.7, 7, 12, 12.3, 19, 24, 28, 36, 41, 48])
  func transposedSampleHasNoAlias(semitones: Double) {
    for hertz in [300, 1_200, 5_000, 9_000, 15_000, 19_000, 23_000] as [Double] {
      let (spectrum, heard) = spectrum(hertz, semitones: semitones)
      let end = 24_000 * min(1, exp2(semitones / 12))
      if heard < 0.8 * end {
        #expect(abs(spectrum.level(at: heard)) < 0.1, "\(hertz) Hz, \(semitones) st")
      }
      var rest = spectrum.power
      let centre = spectrum.bin(heard)
      for k in max(centre - 9, 0)...centre + 9 where k < rest.count { rest[k] = 0 }
      let total = 10 * log10(2 * rest.reduce(0, +))
      #expect(total < -80, "\(hertz) Hz, \(semitones) st: \(total) dB")
    }
  }

  /// A saw of 220 Hz, two octaves up: everything between the harmonics together.
  @Test func transposedSawIsHarmonic() {
    let rig = rig(4 * (Self.frames + 600), pitch: 2) { frame in
      let phase = (220 * Double(frame) / 48_000).truncatingRemainder(dividingBy: 1)
      return (1...109).reduce(0) { $0 + 0.5 * sineOf(Double($1) * phase) / Double($1) }
    }
    rig.skip(300)
    let spectrum = PowerSpectrum(rig.render(Self.frames).main)
    var rest = spectrum.power
    for harmonic in 0...28 {
      let centre = spectrum.bin(880 * Double(harmonic))
      for k in max(centre - 9, 0)...centre + 9 where k < rest.count { rest[k] = 0 }
    }
    let total = 10 * log10(2 * rest.reduce(0, +)) - spectrum.level(at: 880)
    #expect(total < -80, "\(total) dB")
  }

  /// 15 kHz, swept up by four octaves in a second: from half the rate on it is silent.
  @Test func sweptSampleHasNoAlias() {
    let rig = rig(15_000, 300_000, pitch: 0)
    rig.signal("pitch") { frame, _ in 4 * Float(frame) / 48_000 }
    let sound = rig.render(48_000).main
    // log2 1.6 = 0.678 octaves.
    #expect(sound[..<7_500].map(abs).max()! > 0.9)
    let rest = sound[8_300...].map(abs).max()!
    #expect(rest < 1e-4, "\(rest)")
  }

  /// A vibrato of a semitone around half the rate: no copy is exchanged, so nothing is heard below it.
  @Test func vibratoAcrossTheBandLimitMakesNoNoise() {
    let rig = rig(11_900, 160_000, pitch: 1)
    rig.signal("pitch") { frame, _ in 1 + sinf(Float(frame) * 2 * .pi * 6 / 48_000) / 12 }
    rig.skip(16_000)
    let spectrum = PowerSpectrum(rig.render(1 << 15).main)
    let noise = decibels(2 * spectrum.power(from: 20, to: 18_000))
    #expect(noise < -80, "\(noise) dB")
  }

  /// The sound at its own speed is unchanged, also after other notes.
  @Test func ownSpeedIsBitIdentical() {
    let sound = SoundBuffer(channels: [(0..<2_000).map { sinf(Float($0 * $0) * 0.001) }], rate: 48_000)
    let rig = KernelRig("sampler", lanes: 8, sounds: ["file": sound])
    rig.signal("gate") { frame, lane in
      frame > 12_000 || frame < 8_000 && (frame + 64 * lane) % 1_500 < 700 ? 1 : 0
    }
    rig.signal("pitch") { frame, lane in frame < 10_000 ? Float(lane) * 0.3 : 0 }
    rig.skip(12_001)
    let out = rig.render(1_900)["left"]
    for lane in 0..<8 { for i in 0..<1_900 { #expect(abs(out[lane][i] - sound.samples(0)[i]) < 1e-9) } }
  }
}
