import Glibc
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// The pitch range of oscillators: every key, and slower.
@Suite struct PitchRangeTests {
  @Test(arguments: [0, 3, 9, 15, 16]) func lowestKeysSoundAtTheirPitch(key: Int) throws {
    let rig = try EngineRig.organ(voices: 1)
    rig.on(Float(key))
    let sound = rig.render(4 * 48_000, period: 1_024), wanted = 440 * exp2(Double(key - 69) / 12)
    var passages: [Double] = []
    for i in 1..<sound.count where sound[i - 1] < 0 && sound[i] >= 0 {
      passages.append(Double(i) - Double(sound[i] / (sound[i] - sound[i - 1])))
    }
    let heard = Double(passages.count - 1) * 48_000 / (passages.last! - passages.first!)
    #expect(abs(cents(from: wanted, to: heard)) < 1, "key \(key): \(heard) Hz, not \(wanted)")
  }

  /// 0.001 Hz rises from 0 to 0.5 · sin(2π · 0.01) in ten seconds.
  @Test func sineReachesAThousandthOfAHertz() throws {
    let rig = EngineRig()
    rig.create("osc", "sine", [("frequency", .number(0.001)), ("gain", .number(0.5))])
    try rig.commit()
    let sound = rig.render(480_000, period: 1_024)
    #expect(abs(sound.last! - 0.5 * sinf(2 * .pi * 0.01)) < 0.001)
  }

  /// Whatever a cable of octaves tunes reaches key 0 with a bend of two semitones down, and never 0 Hz.
  @Test func everyOscillatorReachesEveryKey() {
    for name in registry.names {
      let module = registry[name]!
      for input in module.inputs where input.unit == .hertz && input.modulation == .octaves {
        #expect(input.range.lowerBound > 0, "\(name)/\(input.name)")
        guard [.oscillators, .entrainment].contains(module.about.family) || name == "comb" else { continue }
        #expect(input.range.lowerBound < 7.2, "\(name)/\(input.name)")
      }
    }
  }
}
