import Glibc
import TestSupport
import Testing

@Suite struct DelayTests {
  @Test func repeatsAfterItsTime() {
    let rig = KernelRig("delay", lanes: 8)
    rig.set("time", lanes: (1...8).map { Float($0) * 0.01 })
    rig["mix"] = 1
    rig["damping"] = 0
    rig["feedback"] = 0.5
    rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
    let sound = rig.render(2_000)["out"]
    for lane in 0..<8 {
      let time = 480 * (lane + 1)
      for (echo, frame) in stride(from: time, to: 2_000, by: time).enumerated() {
        #expect(abs(sound[lane][frame] - powf(0.5, Float(echo))) < 1e-3)
      }
    }
  }

  @Test func interpolatesAsTheReference() throws {
    for golden in try GoldenCase.all({ $0.hasPrefix("fracdelay_") }) {
      // At this rate the delay of the case is long enough for the module.
      let rate: Float = 8_000
      let rig = KernelRig("delay", rate: rate)
      rig["time"] = Float(golden.number("delay_samples")) / rate
      rig["mix"] = 1
      rig["feedback"] = 0
      let input = try golden.columns("in")[0]
      rig.signal("in") { frame, _ in Float(input[frame]) }
      #expect(worstDifference(rig.render(512).main, try golden.columns("out")[1]) < golden.tolerance, "\(golden.id)")
    }
  }

  @Test func aJumpOfTheTimeMakesNoClick() {
    let rig = KernelRig("delay")
    rig["mix"] = 1
    rig["feedback"] = 0
    rig.signal("in") { frame, _ in sinf(Float(frame) * 0.03) }
    rig.signal("time") { frame, _ in frame < 20_000 ? 0.1 : frame < 21_000 ? 0.25 : 0.171 }
    let sound = rig.render(30_000).main
    let jumps = zip(sound, sound.dropFirst()).map { abs($0 - $1) }
    #expect(jumps[15_000...].max()! < 0.035)
    // Afterwards the delay has its new time.
    #expect(abs(sound[29_000] - sinf((29_000 - 0.171 * 48_000) * 0.03)) < 1e-3)
  }

  @Test func dampingMakesEachRepeatDuller() {
    let rig = KernelRig("delay")
    rig["time"] = 0.1
    rig["mix"] = 1
    rig["feedback"] = 1
    rig["damping"] = 0.7
    rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
    let sound = rig.render(20_000).main
    func level(_ range: Range<Int>) -> Float { sound[range].reduce(0) { max($0, abs($1)) } }
    #expect(level(4_790..<4_900) > 2 * level(9_590..<9_900))
    #expect(level(9_590..<9_900) > 1.2 * level(14_390..<14_900))
  }
}
