import Glibc
import TestSupport
import Testing

@Suite struct DistortionTests {
  private func rig(_ shape: String, drive: Float) -> KernelRig {
    let rig = KernelRig("distortion")
    rig.choose("shape", shape)
    rig["drive"] = drive
    rig["tone"] = 20_000
    return rig
  }

  @Test func followsTheCurve() {
    let curves: [(String, (Float) -> Float)] = [
      ("tanh", { tanhf(4 * $0) }), ("hard", { min(max(4 * $0, -1), 1) }), ("fold", { sinf(2 * .pi * $0) }),
      ("crush", { roundf(16 * $0) / 16 }),
    ]
    for (shape, curve) in curves {
      for x: Float in [-0.9, -0.26, 0.01, 0.1, 0.6] {
        let rig = rig(shape, drive: 4)
        rig.signal("in") { _, _ in x }
        #expect(abs(rig.render(500).main.last! - curve(x)) < 1e-4, "\(shape) of \(x)")
      }
    }
  }

  /// A sine at the level of a loud guitar: every component below 20 kHz that is not a harmonic, relative to the
  /// fundamental.
  ///
  /// At the bounds of the oscillators: −90 dB at 1,244.5 Hz, −60 dB at 5 kHz; the corners of `hard` are the worst case.
  @Test(arguments: ["tanh", "hard", "fold"], [(1_244.5, -90.0), (5_000.3, -60)])
  func aliasesLittle(shape: String, note: (hertz: Double, bar: Double)) {
    func alias(_ oversampling: String) -> Double {
      let size = 1 << 15, hertz = (note.hertz * Double(size) / 48_000).rounded() * 48_000 / Double(size)
      let rig = rig(shape, drive: 4)
      rig.choose("oversampling", oversampling)
      rig.signal("in") { frame, _ in Float(0.9 * sineOf(hertz * Double(frame) / 48_000)) }
      rig.skip(4_096)
      return PowerSpectrum(rig.render(size).main).worstAlias(fundamental: hertz, below: 20_000).decibels
    }
    let four = alias("x4"), eight = alias("x8"), without = alias("off")
    #expect(four < note.bar && eight < note.bar, "\(four), \(eight) dB")
    // A clean result need not become cleaner.
    #expect(four < max(without - 10, -100), "\(four) dB, without oversampling \(without) dB")
  }

  /// The dry sound has the latency of the wet one, so that the two do not cancel each other.
  @Test(arguments: ["off", "x2", "x4", "x8"]) func dryAndWetComeTogether(oversampling: String) {
    let rig = rig("tanh", drive: 1)
    rig.choose("oversampling", oversampling)
    rig["mix"] = 0.5
    rig.signal("in") { frame, _ in 0.01 * sinf(Float(frame) * 0.5) }
    rig.skip(4_000)
    // At 3.8 kHz half a frame is a quarter of a radian.
    #expect(rig.render(4_000).peak > 0.01 * 0.94)
  }

  @Test func dryIsUntouched() {
    let rig = rig("fold", drive: 30)
    rig["mix"] = 0
    rig.choose("oversampling", "off")
    rig.signal("in") { frame, _ in sinf(Float(frame) * 0.1) }
    #expect(worstDifference(rig.render(1_000).main, (0..<1_000).map { sinf(Float($0) * 0.1) }) < 1e-6)
  }
}
