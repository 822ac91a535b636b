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

  /// The frequency of a sine, by its phase over a stretch of whole cycles, cents from another.
  private func deviation(_ sound: ArraySlice<Float>, from hertz: Double) -> Double {
    func phase(_ part: ArraySlice<Float>) -> Double {
      var re = 0.0, im = 0.0
      for (i, x) in zip(part.indices, part) {
        let place = Double(i - part.startIndex) / Double(part.count)
        let window = 0.5 - 0.5 * cos(2 * .pi * place), at = 2 * .pi * hertz * Double(i) / 48_000
        re += Double(x) * window * cos(at)
        im -= Double(x) * window * sin(at)
      }
      return atan2(im, re)
    }
    let half = sound.count / 2
    var turn = phase(sound[(sound.startIndex + half)...]) - phase(sound[..<(sound.startIndex + half)])
    turn -= 2 * .pi * (turn / (2 * .pi)).rounded()
    return cents(from: hertz, to: hertz + turn / (2 * .pi) * 48_000 / Double(half))
  }

  /// After a jump the time moves on at once: both sounds of the crossfade have the pitch of the moving time.
  @Test(arguments: ["delay", "allpass"]) func bothTapsFollowAMovingTime(module: String) {
    for slope in [0.05, -0.04] {
      let rig = KernelRig(module)
      rig["feedback"] = 0
      if module == "delay" { rig["mix"] = 1 }
      rig.signal("in") { frame, _ in Float(sineOf(480 * Double(frame) / 48_000)) }
      // Jumps by whole cycles of the input, so that the two sounds have one phase.
      rig.signal("time") { frame, _ in
        Float(0.2 + slope * Double(frame) / 48_000 + (frame < 12_000 ? 0 : -0.05) + (frame < 12_600 ? 0 : 0.1))
      }
      let sound = rig.render(30_000).main, due = 480 * (1 - slope)
      for start in [12_000, 12_300, 12_700, 13_400, 14_400] {
        let part = sound[start..<start + 1_500]
        #expect(abs(deviation(part, from: due)) < 1, "\(slope) from \(start): \(deviation(part, from: due)) cents")
        #expect(part.map(abs).max()! > 0.99)
      }
    }
  }

  /// A saw on the time shifts the pitch: between its jumps the delay has the time that is due, not that of a fade
  /// before.
  @Test func sawOnTheTimeShiftsThePitch() {
    let rig = KernelRig("delay")
    rig["mix"] = 1
    rig["feedback"] = 0
    rig.signal("in") { frame, _ in Float(sineOf(500 * Double(frame) / 48_000)) }
    rig.signal("time") { frame, _ in Float(0.05 + 0.03 * Double(frame % 6_000) / 6_000) }
    let sound = rig.render(60_000).main
    // 30 ms in 125 ms: 500 · (1 − 0.24).
    for round in 4..<9 {
      let part = sound[(round * 6_000 + 1_100)..<(round * 6_000 + 5_900)]
      #expect(abs(deviation(part, from: 380)) < 1, "\(deviation(part, from: 380)) cents")
      #expect(part.dropFirst(100).max()! > 0.99)
    }
  }

  /// A flutter after a jump: one crossfade, no notches afterwards.
  @Test func flutterAfterAJumpHasNoNotches() {
    let rig = KernelRig("delay", lanes: 8)
    rig["mix"] = 1
    rig["feedback"] = 0
    rig.signal("in") { frame, _ in Float(sineOf(500 * Double(frame) / 48_000)) }
    rig.signal("time") { frame, lane in
      (frame < 10_000 ? 0.1 : 0.22) + 0.004 * sinf(Float(frame) * 0.001 + Float(lane))
    }
    let sound = rig.render(40_000)["out"]
    for lane in 0..<8 {
      for start in stride(from: 11_500, to: 39_000, by: 200) {
        #expect(sound[lane][start..<start + 200].max()! > 0.98, "lane \(lane) at \(start)")
      }
      for i in stride(from: 12_000, to: 39_000, by: 97) {
        let time = 0.22 + 0.004 * sinf(Float(i) * 0.001 + Float(lane))
        let due = Float(sineOf(500 * (Double(i) / 48_000 - Double(time))))
        #expect(abs(sound[lane][i] - due) < 5e-3)
      }
    }
  }
}
