import TestSupport
import Testing

@Suite struct FormantTests {
  /// The first resonance of a, e, i, o, u and the second, in Hz.
  @Test(arguments: [(0.0, 730.0, 1_090.0), (1, 530, 1_840), (2, 270, 2_290), (3, 570, 840), (4, 300, 870)])
  func resonatesWhereTheVowelDoes(vowel: Double, first: Double, second: Double) {
    let rig = KernelRig("formant")
    rig["vowel"] = Float(vowel)
    rig["width"] = 0.5
    rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
    let sound = rig.render(1 << 14).main
    let scan = stride(from: 200.0, to: 3_000, by: 10).map { ($0, level(of: sound, at: $0)) }
    let highest = scan.max { $0.1 < $1.1 }!.0
    #expect(abs(highest - first) <= 10, "\(highest)")
    let above = scan.filter { $0.0 > (first + second) / 2 && abs($0.0 - second) < 300 }.max { $0.1 < $1.1 }!.0
    #expect(abs(above - second) <= 40, "\(above)")
  }

  @Test func shiftMovesAllResonances() {
    let rig = KernelRig("formant")
    rig["shift"] = 1
    rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
    let sound = rig.render(1 << 14).main
    #expect(level(of: sound, at: 1_460) > level(of: sound, at: 730) + 15)
  }
}
