import TestSupport
import Testing

@Suite struct VoiceTests {
  @Test func countsTheVoices() {
    let rig = KernelRig("voice", lanes: 8, voices: 16, firstVoice: 8)
    let sound = rig.render(1)
    for lane in 0..<8 {
      #expect(sound["index"][lane] == [Float(8 + lane)])
      #expect(abs(sound["spread"][lane][0] - (2 * Float(8 + lane) / 15 - 1)) < 1e-6)
    }
  }

  @Test func holdsItsOutputs() {
    let rig = KernelRig("voice", lanes: 8)
    rig.skip(10)
    for output in ["index", "spread", "random"] { #expect(rig.isHeld(output)) }
  }

  @Test func oneVoiceIsInTheMiddle() { #expect(KernelRig("voice", voices: 1).render(1)["spread"] == [[0]]) }

  @Test func eachVoiceAndNodeHasItsOwnNumber() {
    func numbers(_ seed: UInt64) -> [Float] {
      KernelRig("voice", lanes: 8, seed: seed).render(1)["random"].map { $0[0] }
    }
    #expect(numbers(1) == numbers(1))
    #expect(Set(numbers(1) + numbers(2)).count == 16)
    #expect((numbers(1) + numbers(2)).allSatisfy { -1 <= $0 && $0 <= 1 })
  }
}
