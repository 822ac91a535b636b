import Glibc
import ModuleKit
import TestSupport
import Testing

@Suite struct WavetableTests {
  private func rig(_ frequency: Double, position: Float = 0, table: Float = 0, sound: SoundBuffer? = nil) -> KernelRig {
    let rig = KernelRig("wavetable", sounds: sound.map { ["table": $0] } ?? [:])
    rig["frequency"] = Float(frequency)
    rig["gain"] = 1
    rig["position"] = position
    if sound == nil { rig["table"] = table }
    return rig
  }

  @Test func theSineIsPure() {
    let spectrum = PowerSpectrum(rig(1_000.3).render(1 << 16).main)
    #expect(spectrum.distortionAndNoise(fundamental: Double(Float(1_000.3))) < -100)
  }

  /// The saw of the basic table, at the bounds of the saw.
  @Test(arguments: [(110.2, -115.0), (1_244.5, -105), (5_000.3, -105)])
  func aliasesLittle(frequency: Double, bar: Double) {
    let spectrum = PowerSpectrum(rig(frequency, position: 2 / 3, table: 1).render(1 << 16).main)
    let worst = spectrum.worstAlias(fundamental: Double(Float(frequency)))
    #expect(worst.decibels < bar, "\(worst)")
  }

  /// The highest harmonics of the brightest table, all at the same level, so that images dominate.
  @Test func imagesAreLow() {
    var cycle = [Float](repeating: 0, count: 2_048)
    cycle[0] = 1
    let sound = SoundBuffer(channels: [cycle + cycle], rate: 48_000)
    let spectrum = PowerSpectrum(rig(1_244.5, sound: sound).render(1 << 16).main)
    let worst = spectrum.worstAlias(fundamental: Double(Float(1_244.5)))
    #expect(worst.decibels < -88, "\(worst)")
  }

  /// A pitch that jumps up is darker within 32 frames, one that jumps down at full brightness within 10 ms.
  @Test func brightnessFollowsThePitch() {
    let rig = rig(100, position: 2 / 3, table: 1)
    rig.skip(48_000)
    rig["frequency"] = 5_000.3
    rig.skip(64)
    let up = PowerSpectrum(rig.render(1 << 15).main)
    #expect(up.worstAlias(fundamental: Double(Float(5_000.3))).decibels < -100)
    rig["frequency"] = 100
    rig.skip(480)
    let down = PowerSpectrum(rig.render(1 << 15).main)
    // A saw's harmonics fall by 6 dB an octave.
    #expect(abs(down.level(at: 10_000) - down.level(at: 100) + 40) < 0.2)
  }

  /// Across the pitches of brightness changes the sound has no step: a click would also be audible below the
  /// fundamental.
  @Test func brightnessChangesWithoutAClick() {
    let rig = rig(1_495, position: 2 / 3, table: 1)
    rig.signal("frequency") { frame, _ in 1_495 + Float(frame) / 65_536 * 10 }
    #expect(PowerSpectrum(rig.render(1 << 16).main).level(at: 700) < -130)
  }

  /// A recording of two cycles: a sine, and its octave.
  @Test func filesAreCutIntoCycles() {
    let cycles = [2_048.0, 1_024].flatMap { length in (0..<2_048).map { Float(sineOf(Double($0) / length)) } }
    let sound = SoundBuffer(channels: [cycles], rate: 44_100)
    for (position, first, second) in [(0, 0, -200), (1, -200, 0), (0.5, -6, -6)] as [(Float, Double, Double)] {
      let spectrum = PowerSpectrum(rig(500, position: position, sound: sound).render(1 << 15).main)
      #expect(abs(max(spectrum.level(at: 500), -200) - first) < (first < -100 ? 110 : 0.1))
      #expect(abs(max(spectrum.level(at: 1_000), -200) - second) < (second < -100 ? 110 : 0.1))
    }
  }

  @Test(arguments: [1, 2, 7, 600, 5_000]) func anyLengthIsSafe(frames: Int) {
    let sound = SoundBuffer(channels: [(0..<frames).map { Float($0 % 2) }], rate: 1)
    let rig = rig(440, sound: sound)
    rig.signal("position") { frame, _ in Float(frame % 100) / 99 }
    rig.signal("fm") { frame, _ in frame % 2 == 0 ? -20_000 : 20_000 }
    let rendered = rig.render(2_000)
    #expect(rendered.isFinite && rendered.peak < 4 && rig.violations == 0)
  }

  @Test func lanesAgree() {
    let difference = laneDifference(of: "wavetable") { rig, voices in
      rig["table"] = 3
      rig.signal("frequency") { frame, lane in 80 * exp2f(Float(voices[lane])) + Float(frame % 300) }
      rig.signal("position") { frame, lane in 0.5 + 0.4 * sinf(Float(frame) * 0.01 + Float(voices[lane])) }
    }
    #expect(difference < 2e-5)
  }

  /// Sines, one to each cycle of so many frames.
  private func sines(_ cycles: Int, of frames: Int, rest: Int = 0, stated: Int = 0) -> SoundBuffer {
    var info = SoundInfo()
    info.cycle = stated
    let wave = (0..<cycles * frames + rest).map { Float(sineOf(Double($0 % frames) / Double(frames))) }
    return SoundBuffer(channels: [wave], rate: 44_100, info: info)
  }

  /// The cycle of a file has the length that the file states, or that fits its length, or that is set.
  @Test(
    arguments: [
      (64, 256, 0, 0, 0), (3, 256, 256, 0, 0), (8, 2_048, 2_048, 0, 0), (9, 512, 0, 0, 0), (5, 1_024, 0, 0, 0),
      (7, 600, 0, 600, 0), (7, 601, 0, 601, 100), (20, 256, 256, 2_048, 17), (2, 4_096, 4_096, 0, 0), (1, 600, 0, 0, 0),
    ]) func cycleLengthOfAFile(cycles: Int, frames: Int, stated: Int, set: Int, rest: Int)
  {
    let sound = sines(cycles, of: frames, rest: rest, stated: stated).cut(set)
    let spectrum = PowerSpectrum(rig(110, position: 0.4, sound: sound).render(1 << 15).main)
    #expect(abs(spectrum.level(at: 110)) < 0.05, "\(spectrum.level(at: 110))")
    #expect(spectrum.worstAlias(fundamental: 110).decibels < -80)
  }

  /// A length that is no whole number of cycles is reported once, with its position.
  @Test func oddLengthOfAWavetableIsReported() {
    let module = KernelRig.registry["wavetable"]!
    func problems(_ sound: SoundBuffer) -> [String] { sound.newProblems(for: "wavetable", module.soundProblems) }
    let odd = sines(2, of: 2_048, rest: 77)
    #expect(
      problems(odd) == [
        "its 4173 frames are no whole number of cycles of 2048: the last 77, from frame 4096 on, are left out; "
          + "frames sets another length"
      ])
    #expect(problems(odd).isEmpty)
    #expect(problems(sines(1, of: 100, stated: 256)).count == 1)
    for sound in [sines(64, of: 256), sines(3, of: 2_048), sines(1, of: 601), sines(4, of: 300, stated: 300)] {
      #expect(problems(sound).isEmpty)
    }
    #expect(rig(110, sound: odd).render(1_000).isFinite)
  }

  /// A cut of a sound is one object, however often it is asked for.
  @Test func cutsAreShared() {
    let sound = sines(4, of: 600)
    #expect(sound.cut(600) === sound.cut(600) && sound.cut(0) === sound && sound.cut(300) !== sound.cut(600))
    let stated = sines(4, of: 600, stated: 600)
    #expect(stated.cut(300) === stated)
  }
}
