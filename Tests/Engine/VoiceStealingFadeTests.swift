import Glibc
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// Fades of stolen voices: no click.
@Suite struct VoiceStealingFadeTests {
  /// Sines that sound as long as their voices do.
  private func sines(voices: Int) throws -> EngineRig {
    let rig = EngineRig()
    try rig.patch.setVoices(voices)
    rig.create("keys", "notes")
    rig.create("osc", "sine", [("frequency", .number(440)), ("gain", .number(1))])
    rig.create("out", "output")
    rig.connect("keys/pitch", "osc/frequency")
    rig.connect("osc", "out")
    try rig.commit()
    return rig
  }

  /// The largest sample above 9 kHz in dBFS, through a linear-phase filter with −100 dB at 8 kHz.
  private func click(_ sound: [Float]) -> Double {
    let taps = 401, middle = taps / 2
    let filter = (0..<taps).map { n -> Double in
      let x = Double(n - middle), low = 8_500.0 / 48_000
      let ideal = (n == middle ? 1 : 0) - (n == middle ? 2 * low : sin(2 * .pi * low * x) / (.pi * x))
      let r = x / Double(middle), kaiser = bessel(10 * max(0, 1 - r * r).squareRoot()) / bessel(10)
      return ideal * kaiser
    }
    let peak =
      (taps..<sound.count).map { i in
        abs(filter.indices.reduce(0) { $0 + filter[$1] * Double(sound[i - $1]) })
      }.max() ?? 0
    return 20 * log10(max(peak, 1e-10))
  }

  private func bessel(_ x: Double) -> Double {
    var sum = 1.0, term = 1.0
    for k in 1..<40 {
      term *= (x / 2 / Double(k)) * (x / 2 / Double(k))
      sum += term
    }
    return sum
  }

  /// 500 Hz at full scale, stolen at different phases: at most −80 dBFS above 9 kHz.
  @Test(arguments: [0, 11, 23, 37, 48, 71, 90]) func stolenVoiceFadesWithoutClick(phase: Int) throws {
    let rig = try sines(voices: 2)
    for key in [71.0, 74] as [Float] { rig.on(key, at: 100) }
    rig.on(72, at: 4_000 + phase)
    rig.on(76, at: 4_037 + phase)
    let sound = rig.render(6_000)
    #expect(click(Array(sound[3_000..<5_200])) < -80)
  }

  /// Voices stolen again while they still fade in or out.
  @Test func voiceStolenDuringAFadeMakesNoClick() throws {
    let rig = try sines(voices: 2)
    for key in [71.0, 74] as [Float] { rig.on(key, at: 100) }
    for i in 0..<40 { rig.on(Float(60 + i % 12), at: 4_000 + 83 * i) }
    #expect(click(Array(rig.render(9_000)[3_000..<8_000])) < -80)
  }

  /// The fades by the frame: half a cosine, and a smooth turn where a fade replaces another.
  @Test func fadeIsARaisedCosineAndKeepsItsSlope() {
    var fade = Fade()
    fade.move(lane: 3, to: 1, frames: 100)
    #expect(abs(fade[49][3] - 0.5) < 1e-6 && abs(fade[24][3] - 0.146_446_6) < 1e-6)
    #expect(fade[99][3] == 1 && fade[0][2] == 0)
    fade.advance(50)
    let before = fade[-1][3] - fade[-2][3]
    fade.move(lane: 3, to: 0, frames: 100)
    let after = fade[0][3] - fade[-1][3]
    #expect(abs(before - after) < 0.001 && fade[99][3] == 0)
    #expect((0..<100).allSatisfy { (0...1).contains(fade[$0][3]) })
    fade.advance(100)
    #expect(!fade.isMoving && fade.target[3] == 0)
  }
}
