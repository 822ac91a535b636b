import Glibc
import TestSupport
import Testing

@Suite struct ReverbTests {
  /// Seconds to −60 dB, from the slope between −5 and −35 dB of the remaining energy (M. R. Schroeder, 1965).
  private func reverberationTime(_ impulse: [Float]) -> Double {
    var rest = 0.0
    let energy = impulse.reversed().map { sample in
      rest += Double(sample) * Double(sample)
      return rest
    }.reversed().map { 10 * log10(max($0 / rest, 1e-30)) }
    let start = energy.firstIndex { $0 < -5 }!, end = energy.firstIndex { $0 < -35 }!
    return 2 * Double(end - start) / 48_000
  }

  private func impulse(lanes: Int = 1, seconds: Double, _ parameters: [String: Float]) -> Rendering {
    let rig = KernelRig("reverb", lanes: lanes)
    rig["mix"] = 1
    rig["damping"] = 0
    for (parameter, value) in parameters { rig[parameter] = value }
    rig.signal("left") { frame, _ in frame == 0 ? 1 : 0 }
    return rig.render(Int(seconds * 48_000))
  }

  @Test(arguments: [0.3, 1, 2, 8]) func decaysAsItSays(decay: Double) {
    for size: Float in [0, 0.5, 1] {
      let sound = impulse(seconds: decay, ["decay": Float(decay), "size": size])
      for side in ["left", "right"] {
        let measured = reverberationTime(sound[side][0])
        #expect(abs(measured / decay - 1) < 0.1, "\(measured) s for \(decay) s at size \(size), \(side)")
      }
    }
  }

  /// The impulse through a tenth of an octave or so around `hertz`.
  private func band(_ sound: [Float], at hertz: Float) -> [Float] {
    let rig = KernelRig("biquad")
    rig.choose("mode", "bandpass")
    rig["cutoff"] = hertz
    rig["q"] = 10
    rig.signal("in") { frame, _ in sound[frame] }
    return rig.render(sound.count).main
  }

  @Test func dampingShortensHighFrequenciesOnly() {
    for damping: Float in [0.3, 0.6] {
      let sound = impulse(seconds: 2, ["decay": 2, "damping": damping])["left"][0]
      #expect(abs(reverberationTime(band(sound, at: 500)) / 2 - 1) < 0.1)
      #expect(abs(reverberationTime(band(sound, at: 1_000)) / 2 - 1) < 0.1)
      let high = reverberationTime(band(sound, at: 6_000)) / 2
      #expect(abs(high / (1 - 0.98 * Double(damping)) - 1) < 0.15, "\(high)")
    }
  }

  @Test func aCableIntoOneSideIsHeardOnBoth() {
    for side in ["left", "right"] {
      let rig = KernelRig("reverb")
      rig["mix"] = 0
      rig.signal(side) { frame, _ in sinf(Float(frame) * 0.1) }
      let dry = rig.render(1_000)
      #expect(dry["left"][0] == dry["right"][0])
      #expect(dry.peak > 0.99)
      rig["mix"] = 1
      let wet = rig.render(48_000)
      let power = ["left", "right"].map { wet[$0][0].reduce(0) { $0 + $1 * $1 } }
      #expect(power[0] > 0.1 && power[1] > 0.1)
    }
  }

  @Test func answersAfterThePredelay() {
    let early = impulse(seconds: 0.5, ["predelay": 0])["left"][0].firstIndex { $0 != 0 }!
    let late = impulse(seconds: 0.5, ["predelay": 0.2])["left"][0].firstIndex { $0 != 0 }!
    #expect(late - early == 9_600)
  }

  @Test func steadyNoiseIsAboutAsLoudWetAsDry() {
    for decay: Float in [0.3, 2, 10] {
      let rig = KernelRig("reverb")
      rig["mix"] = 1
      rig["damping"] = 0
      rig["decay"] = decay
      var state: UInt32 = 1
      rig.signal("left") { _, _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(Int32(bitPattern: state)) / 2_147_483_648
      }
      rig.skip(Int(decay * 48_000))
      let power = rig.render(48_000).main.reduce(0) { $0 + $1 * $1 } / 48_000
      #expect(abs(10 * log10(Double(power) * 3)) < 3, "\(power)")
    }
  }

  /// Silence costs no more than sound, and the tail ends at 0.
  @Test func theTailCostsNothingAndEnds() {
    let rig = KernelRig("reverb")
    rig["mix"] = 1
    rig["decay"] = 0.3
    rig.signal("left") { frame, _ in frame < 4_800 ? sinf(Float(frame) * 0.1) : 0 }
    let sounding = KernelRig("reverb")
    sounding["mix"] = 1
    sounding["decay"] = 0.3
    sounding.signal("left") { frame, _ in sinf(Float(frame) * 0.1) }
    sounding.skip(200_000)
    rig.skip(200_000)
    let costs = leastCosts(of: [rig, sounding])
    rig.skip(600_000)
    #expect(rig.render(1_000).peak == 0)
    #expect(costs[0] < 2 * costs[1], "\(costs[0]) against \(costs[1]) ns")
  }

  @Test func aJumpOfTheSizeMakesNoClick() {
    let rig = KernelRig("reverb")
    rig["mix"] = 1
    rig.signal("left") { frame, _ in sinf(Float(frame) * 0.03) }
    rig.signal("size") { frame, _ in frame < 40_000 ? 0.2 : frame < 41_000 ? 0.9 : 0.4 }
    let sound = rig.render(60_000).main
    let jumps = zip(sound, sound.dropFirst()).map { abs($0 - $1) }
    #expect(jumps[40_000...].max()! < 0.05 * max(1, sound.map(abs).max()!))
  }
}
