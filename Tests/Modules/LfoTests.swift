import TestSupport
import Testing

@Suite struct LfoTests {
  static func lfo(_ shape: String, rate: Float = 10) -> KernelRig {
    let rig = KernelRig("lfo")
    rig.choose("shape", shape)
    rig["rate"] = rate
    return rig
  }

  @Test(arguments: ["sine", "triangle", "saw", "square"]) func hasItsShape(shape: String) {
    let sound = Self.lfo(shape).render(9_600).main
    for (i, sample) in sound.enumerated() where i % 2_400 > 1 && i % 2_400 < 2_398 {
      let p = Double(i % 4_800) / 4_800
      let ideal =
        switch shape {
        case "sine": sineOf(p)
        case "triangle": p < 0.25 ? 4 * p : p < 0.75 ? 2 - 4 * p : 4 * p - 4
        case "saw": 2 * p - 1
        default: p < 0.5 ? 1.0 : -1.0
        }
      #expect(abs(Double(sample) - ideal) < 1e-4)
    }
  }

  /// Ten minutes at 0.001 Hz are six tenths of a cycle; a 32-bit step would be wrong by half a per cent.
  @Test(arguments: [0.001, 0.01234, 1.7, 199]) func staysInTuneForTenMinutes(rate: Double) {
    let rig = Self.lfo("saw", rate: Float(rate))
    rig.skip(600 * 48_000)
    let cycles = Double(rig["rate"]) * 600
    // 0.01 cent, and the last bit of the output.
    let allowed = cycles * 5.8e-6 + 1e-7
    let place = (Double(rig.render(1).main[0]) + 1) / 2
    let distance = place - (cycles - cycles.rounded(.down))
    #expect(abs(distance - distance.rounded()) < allowed)
  }

  @Test func drawsOneNumberACycle() {
    let sound = Self.lfo("random").render(48_000).main
    #expect(Set(sound).count == 10)
    #expect(Set(sound[10..<4_790]).count == 1)
  }

  @Test func smoothHasNoJumps() {
    let sound = Self.lfo("smooth").render(48_000).main
    #expect(zip(sound, sound.dropFirst()).allSatisfy { abs($0 - $1) < 2 * 1.5 / 4_800 })
    #expect(sound.max()! - sound.min()! > 0.5)
  }

  @Test func syncStartsAnew() {
    let rig = Self.lfo("saw")
    rig.signal("sync") { frame, _ in frame < 1_000 ? 0 : 1 }
    let sound = rig.render(2_000).main
    #expect(sound[999] > -0.6 && sound[1_000] == -1 && sound[1_500] > -0.9)
  }

  @Test func phaseShiftsAndUnipolarLifts() {
    let rig = Self.lfo("sine")
    rig["phase"] = 0.25
    rig["unipolar"] = 1
    let sound = rig.render(4_800).main
    #expect(abs(sound[0] - 1) < 1e-6 && abs(sound[2_400]) < 1e-5)
  }

  @Test(arguments: ["sine", "triangle", "saw", "square", "random", "smooth"]) func keepsTheLaws(shape: String) {
    func prepare(_ rig: KernelRig, _ voices: [Int]) {
      rig.choose("shape", shape)
      rig.signal("rate") { frame, lane in 150 + Float(frame % 40) - Float(voices[lane]) }
      rig.signal("sync") { frame, lane in Float(sineOf(Double(frame) / Double(601 + voices[lane]))) }
    }
    let difference = blockDifference {
      let rig = KernelRig("lfo", lanes: 8)
      prepare(rig, Array(0..<8))
      return rig
    }
    #expect(difference == 0)
    #expect(laneDifference(of: "lfo", prepare: prepare) <= 1e-5)
  }
}

@Suite struct LfoWidthTests {
  private func rig(_ shape: String, width: Float) -> [Float] {
    let rig = KernelRig("lfo")
    rig["rate"] = 48
    rig["width"] = width
    rig.choose("shape", shape)
    return rig.render(1_000).main
  }

  @Test func aSquareIsHighForItsWidth() {
    #expect(abs(rig("square", width: 0.2).filter { $0 > 0 }.count - 200) <= 1)
  }

  @Test func aTriangleLeans() {
    let wave = rig("triangle", width: 0.8)
    #expect(abs(wave[400] - 1) < 1e-3 && abs(wave[800]) < 1e-2 && abs(wave[900] + 1) < 1e-2)
  }

  @Test func halfIsEven() {
    let even = rig("sine", width: 0.5), odd = rig("sine", width: 0.500_01)
    #expect(worstDifference(even, odd) < 1e-3)
  }
}
