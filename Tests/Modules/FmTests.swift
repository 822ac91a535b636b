import Glibc
import TestSupport
import Testing

@Suite struct FmTests {
  /// Sidebands of phase modulation are Bessel functions of the index.
  @Test func hasTheSideTonesOfItsIndex() {
    let rig = KernelRig("fm")
    rig["frequency"] = 3_000
    rig["ratio"] = 0.1
    rig["index"] = 2
    rig["gain"] = 1
    rig.skip(64)
    let spectrum = PowerSpectrum(rig.render(1 << 15).main)
    for k in -6...6 {
      let wanted = 20 * log10(abs(jn(Int32(k), 2)))
      #expect(abs(spectrum.level(at: 3_000 + 300 * Double(k)) - wanted) < 0.05, "\(k)")
    }
  }

  @Test func feedbackMakesASaw() {
    let rig = KernelRig("fm")
    rig["ratio"] = 1
    rig["frequency"] = 100
    rig["index"] = 0
    rig["feedback"] = 1
    #expect(PowerSpectrum(rig.render(1 << 14).main).level(at: 200) < -90)
    rig["index"] = 1
    #expect(PowerSpectrum(rig.render(1 << 14).main).level(at: 900) > -60)
  }

  @Test func staysInTune() {
    let rig = KernelRig("fm")
    rig["index"] = 0
    #expect(abs(cents(from: 440, to: measuredFrequency(of: rig, seconds: 20))) < 0.01)
  }
}

@Suite struct PluckTests {
  @Test(arguments: [55.0, 220, 440, 1_760]) func isInTune(hertz: Double) {
    for brightness: Float in [0.2, 1] {
      let rig = KernelRig("pluck")
      rig["frequency"] = Float(hertz)
      rig["brightness"] = brightness
      rig["decay"] = 20
      rig["gate"] = 1
      rig.skip(4_800)
      let power = PowerSpectrum(rig.render(1 << 16).main).power
      let bin = hertz * Double(1 << 16) / 48_000
      let around = Int(bin) - 7...Int(bin) + 8
      let centre = around.reduce(0) { $0 + Double($1) * power[$1] } / around.reduce(0) { $0 + power[$1] }
      #expect(abs(cents(from: bin, to: centre)) < 5, "brightness \(brightness)")
    }
  }

  @Test func fadesInItsTime() {
    let rig = KernelRig("pluck")
    rig["frequency"] = 200
    rig["brightness"] = 1
    rig["decay"] = 1
    rig["gate"] = 1
    let sound = rig.render(60_000).main
    func power(_ range: Range<Int>) -> Double { range.reduce(0) { $0 + Double(sound[$1] * sound[$1]) } }
    let fall = 10 * log10(power(4_800..<7_200) / power(28_800..<31_200))
    #expect(abs(fall - 30) < 3, "\(fall)")
  }
}

@Suite struct DisynTests {
  /// The eighth harmonic of 100 Hz, and a bandwidth of 400 Hz between the −3 dB points.
  @Test(arguments: [1, 8]) func phaseAlignedFormantHasHarmonicsOfItsPitchOnly(lanes: Int) {
    let rig = KernelRig("disyn", lanes: lanes)
    rig.choose("algorithm", "aligned")
    rig["frequency"] = 100
    rig["param1"] = log2(16) / log2(64)
    rig["param2"] = log2(400 / 50) / log2(60)
    rig["gain"] = 1
    let sound = rig.render(1 << 15), spectrum = PowerSpectrum(sound["out"][lanes - 1])
    let harmonics = (1...40).map { spectrum.level(at: 100 * Double($0)) }
    #expect(harmonics.max() == harmonics[7] && sound.peak <= 1)
    #expect(abs(harmonics[5] - harmonics[7] + 3) < 0.5 && abs(harmonics[9] - harmonics[7] + 3) < 0.5)
    #expect(spectrum.worstAlias(fundamental: 100).decibels < -90)
  }

  /// A formant between two harmonics raises both; the pitch stays.
  @Test func phaseAlignedFormantMovesWithoutDetuning() {
    let rig = KernelRig("disyn")
    rig.choose("algorithm", "aligned")
    rig["frequency"] = 110
    rig["param1"] = log2(9) / log2(64)
    rig["param2"] = 0.3
    rig["gain"] = 1
    let spectrum = PowerSpectrum(rig.render(1 << 15).main)
    #expect(abs(spectrum.level(at: 440) - spectrum.level(at: 550)) < 0.2)
    #expect(spectrum.worstAlias(fundamental: 110).decibels < -90)
  }

  @Test func formerNameOfAChoiceIsKept() throws {
    let spec = KernelRig.registry["disyn"]!.inputs[0]
    #expect(spec.choices[5] == "formant" && spec.choices[7] == "aligned" && spec.aliases == ["paf": "formant"])
  }

  @Test func followsTheReference() throws {
    let cases = try GoldenCase.all { $0.hasPrefix("disyn_") && $0 != "disyn_synth_note" }
    #expect(cases.count == 24)
    for golden in cases {
      let rig = KernelRig("disyn", lanes: 8, rate: golden.sampleRate)
      rig["algorithm"] = Float(golden.number("algorithm"))
      rig["param1"] = min(max(Float(golden.number("param1")), 0), 1)
      rig["param2"] = min(max(Float(golden.number("param2")), 0), 1)
      rig["frequency"] = Float(golden.number("frequency"))
      rig["gain"] = 1
      let wanted = try golden.columns("out")[0], sound = rig.render(wanted.count)["out"][3]
      #expect(worstDifference(sound, wanted) < max(2 * golden.tolerance, 1e-4), "\(golden.id)")
    }
  }
}
