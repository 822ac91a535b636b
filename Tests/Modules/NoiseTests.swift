import Glibc
import TestSupport
import Testing

@Suite struct NoiseTests {
  static func noise(_ colour: String, lanes: Int = 1, rate: Float = 48_000, seed: UInt64 = 1) -> KernelRig {
    let rig = KernelRig("noise", lanes: lanes, rate: rate, seed: seed)
    rig.choose("colour", colour)
    rig["gain"] = 1
    return rig
  }

  /// The density (power per hertz, dB) between each two neighbours of `edges`, over eight lanes.
  static func densities(_ rig: KernelRig, _ edges: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: edges.count - 1)
    for sound in rig.render(1 << 19)["out"] {
      let spectrum = PowerSpectrum(sound, rate: Double(rig.sampleRate))
      for k in sums.indices {
        let range = spectrum.bin(edges[k])..<spectrum.bin(edges[k + 1])
        sums[k] += spectrum.power[range].reduce(0, +) / Double(range.count)
      }
    }
    return sums.map(decibels)
  }

  @Test func whiteIsFlat() {
    let levels = Self.densities(Self.noise("white", lanes: 8), (0...20).map { 100 + Double($0) * 1_190 })
    let mean = levels.reduce(0, +) / Double(levels.count)
    #expect(levels.allSatisfy { abs($0 - mean) < 0.5 }, "\(levels)")
  }

  /// From each octave to the next, 20 Hz ... 20 kHz, and over the whole range.
  @Test(arguments: [("pink", -3.01), ("brown", -6.02)], [Float(44_100), 48_000, 96_000, 192_000])
  func falls(colour: (name: String, slope: Double), rate: Float) {
    let edges = (0...10).map { 20_000 / pow(2, Double(10 - $0)) }
    let levels = Self.densities(Self.noise(colour.name, lanes: 8, rate: rate), edges)
    #expect(abs((levels[9] - levels[0]) / 9 - colour.slope) < 0.1)
    for k in 0..<9 {
      // Below 600 Hz an octave has too few bins for significance.
      #expect(abs(levels[k + 1] - levels[k] - colour.slope) < (k < 5 ? 1 : 0.3), "\(edges[k]) Hz: \(levels)")
    }
  }

  /// The same seed is the same sequence in every node, and another one in each voice.
  @Test(arguments: ["noise", "dust", "lfo", "random-gate"]) func equalSeedsGiveEqualSequences(name: String) {
    func rig(_ own: UInt64, seed: Float, lanes: Int = 1, voice: Int = 0) -> [[Float]] {
      let rig = KernelRig(name, lanes: lanes, voices: 8, firstVoice: voice, seed: own)
      if name == "lfo" { rig.choose("shape", "random") }
      if name == "lfo" { rig["rate"] = 200 }
      if name == "dust" { rig["density"] = 5_000 }
      if name == "random-gate" { rig.signal("gate") { i, _ in i % 20 < 10 ? 1 : 0 } }
      rig["seed"] = seed
      return rig.render(2_000)["out"]
    }
    #expect(rig(1, seed: 0)[0] != rig(2, seed: 0)[0])
    #expect(rig(1, seed: 7)[0] == rig(2, seed: 7)[0] && rig(1, seed: 7)[0] != rig(1, seed: 8)[0])
    let eight = rig(1, seed: 7, lanes: 8)
    #expect(eight[3] != eight[4] && worstDifference(eight[3], rig(2, seed: 7, voice: 3)[0]) < 1e-6)
  }

  @Test func blueRises() {
    let levels = Self.densities(Self.noise("blue", lanes: 8), [500, 1_000, 2_000, 4_000, 8_000])
    for k in 0..<3 { #expect(abs(levels[k + 1] - levels[k] - 3.01) < 0.4) }
  }

  @Test(arguments: [
    ("white", 0.577), ("pink", 0.25), ("brown", 0.25), ("blue", 0.25), ("kellett", 0.25), ("cumulative", 0.25),
  ])
  func hasItsLevelAndNoConstantPart(colour: String, level: Double) {
    var power = 0.0, sum = 0.0
    for sound in Self.noise(colour, lanes: 8).render(480_000)["out"] {
      for x in sound {
        power += Double(x) * Double(x)
        sum += Double(x)
      }
    }
    let count = Double(8 * 480_000)
    #expect(abs((power / count).squareRoot() / level - 1) < 0.15, "\((power / count).squareRoot())")
    #expect(abs(sum / count) < 0.02)
  }

  @Test func everyNodeAndVoiceHasItsOwn() {
    let a = Self.noise("white", lanes: 8).render(4_800)["out"]
    let b = Self.noise("white", lanes: 8, seed: 2).render(4_800)["out"]
    #expect(a == Self.noise("white", lanes: 8).render(4_800)["out"])
    let all = a + b
    for i in all.indices {
      for j in 0..<i {
        let product = zip(all[i], all[j]).map { Double($0 * $1) }.reduce(0, +) / 1_600
        #expect(abs(product) < 0.1, "\(i) and \(j)")
      }
    }
  }

  @Test(arguments: ["white", "pink", "brown", "blue", "kellett", "cumulative"]) func keepsTheLaws(colour: String) {
    #expect(blockDifference { Self.noise(colour, lanes: 8) } <= 1e-6)
    #expect(laneDifference(of: "noise") { rig, _ in rig.choose("colour", colour) } <= 1e-5)
  }
}
