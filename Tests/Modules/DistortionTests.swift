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

  /// Against the bare curve, on a 4,186 Hz sine, the averaged one aliases less.
  @Test(arguments: ["tanh", "hard", "fold"]) func aliasesLessThanTheBareCurve(shape: String) {
    // A frequency that lies on a bin.
    let size = 1 << 14, hertz = (4_186.0 * Double(size) / 48_000).rounded() * 48_000 / Double(size)
    let rig = rig(shape, drive: 4)
    let wave = { (frame: Int) in Float(0.9 * sineOf(hertz * Double(frame) / 48_000)) }
    rig.signal("in") { frame, _ in wave(frame) }
    rig.skip(4_096)
    let mine = Spectrum(rig.render(size).main).worstAlias(fundamental: hertz).decibels
    let bare = (4_096..<4_096 + size).map { frame -> Float in
      let x = 4 * wave(frame)
      return shape == "tanh" ? tanhf(x) : shape == "hard" ? min(max(x, -1), 1) : sinf(x * .pi / 2)
    }
    let theirs = Spectrum(bare).worstAlias(fundamental: hertz).decibels
    #expect(mine < theirs - 7.5, "\(mine) dB against \(theirs) dB")
  }

  @Test func dryIsUntouched() {
    let rig = rig("fold", drive: 30)
    rig["mix"] = 0
    rig.signal("in") { frame, _ in sinf(Float(frame) * 0.1) }
    #expect(worstDifference(rig.render(1_000).main, (0..<1_000).map { sinf(Float($0) * 0.1) }) < 1e-6)
  }
}
