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
    for output in ["index", "spread", "random"] { #expect(rig.isConstant(output)) }
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

  /// When the number of voices changes, each moves linearly to its new place, from its present one.
  @Test func theSpreadGoesToItsNewPlacesOnALine() throws {
    let rig = KernelRig("voice", lanes: 8, voices: 1)
    #expect(rig.render(64)["spread"].allSatisfy { $0.allSatisfy { $0 == 0 } })
    func place(_ lane: Int, of voices: Int) -> Float {
      voices == 1 ? 0 : min(2 * Float(lane) / Float(voices - 1), 2) - 1
    }
    var from = [Float](repeating: 0, count: 8)
    for (voices, frames) in [(3, 240), (8, 100), (5, 240), (1, 240), (2, 33), (1, 240)] {
      rig.setVoices(voices, over: 240)
      let sound = rig.render(frames)["spread"]
      for lane in 0..<8 {
        let to = place(lane, of: voices)
        for i in 0..<frames {
          let line = from[lane] + (to - from[lane]) * Float(i + 1) / 240
          #expect(abs(sound[lane][i] - line) < 2e-6, "\(voices) voices, lane \(lane), frame \(i)")
        }
        from[lane] = sound[lane][frames - 1]
      }
    }
    #expect(rig.render(64)["spread"].allSatisfy { $0.allSatisfy { $0 == 0 } })
    #expect(rig.isConstant("spread"))
  }
}
