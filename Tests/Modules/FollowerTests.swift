import Glibc
import TestSupport
import Testing

@Suite struct FollowerTests {
  @Test func reachesAStepByItsTimeConstants() {
    for rate: Float in [44_100, 192_000] {
      for time: Float in [0.001, 0.1, 5] {
        let rig = KernelRig("follower", rate: rate)
        rig["attack"] = time
        rig["release"] = time / 2
        let on = Int(8 * time * rate)
        rig.signal("in") { frame, _ in frame < on ? -1 : 0 }
        let sound = rig.render(on + Int(time * rate)).main
        let risen = sound.firstIndex { $0 >= 1 - expf(-1) }!, top = sound[on - 1]
        let fallen = sound[on...].firstIndex { $0 <= top * expf(-1) }! - on
        // With a long time constant, the last digit of a level lasts for many frames.
        let slack = 1.5 + time * rate * 1e-5
        #expect(abs(Float(risen + 1) - time * rate) <= slack, "\(risen)")
        #expect(abs(Float(fallen + 1) - time / 2 * rate) <= slack, "\(fallen)")
      }
    }
  }

  @Test func rmsIsTheRootOfTheMeanSquare() {
    let rig = KernelRig("follower")
    rig.choose("mode", "rms")
    rig["attack"] = 1
    rig["release"] = 1
    rig.signal("in") { frame, _ in Float(sineOf(Double(frame) / 48)) }
    rig.skip(480_000)
    #expect(abs(rig.render(64).main[63] - 0.707_1) < 0.001)
  }
}

@Suite struct SlewTests {
  @Test func followsTheReferenceSmoothers() throws {
    // As time constants: the −60 dB time is ln 1000 of them, a cutoff's 1 / 2π f.
    for golden in try GoldenCase.all({ $0.hasPrefix("onepole_") }) {
      let value = golden.number("value")
      let time =
        switch golden.arguments["convention"] as? String ?? "" {
        case "time_constant": value
        case "cutoff": 1 / (2 * .pi * value)
        default: 0.0
        }
      if time == 0 { continue }
      let rig = KernelRig("slew", rate: golden.sampleRate)
      rig.choose("curve", "exponential")
      rig["rise"] = Float(time)
      rig["in"] = 1
      let wanted = try golden.columns("out")[0]
      #expect(worstDifference(rig.render(wanted.count).main, wanted) < golden.tolerance, "\(golden.id)")
    }
  }

  @Test func aLineTakesItsTime() {
    for time: Float in [0.001, 0.1, 20] {
      let rig = KernelRig("slew")
      rig["rise"] = time
      rig["fall"] = time / 2
      let rise = Int(time * 48_000), off = rise + 100
      rig.signal("in") { frame, _ in frame < off ? 1 : 0 }
      let sound = rig.render(off + rise).main
      #expect(abs(sound.firstIndex { $0 >= 0.999_999 }! + 1 - rise) <= 1 + rise / 100_000)
      #expect(abs(sound[off...].firstIndex { $0 <= 1e-6 }! + 1 - off - rise / 2) <= 1 + rise / 100_000)
    }
  }
}
