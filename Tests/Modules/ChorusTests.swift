import Glibc
import TestSupport
import Testing

@Suite struct ChorusTests {
  @Test func delaysByTwelveMillisecondsSwungByTheDepth() {
    let rig = KernelRig("chorus")
    rig["mix"] = 1
    rig["depth"] = 0.3
    rig["rate"] = 0.5
    // A slow ramp: the output is the input so many frames ago.
    rig.signal("in") { frame, _ in Float(frame) / 8_192 }
    let sound = rig.render(96_000 + 2_000)
    for side in ["left", "right"] {
      let delays = sound[side][0].enumerated().dropFirst(2_000).map { Float($0.offset) / 48 - $0.element * 8_192 / 48 }
      #expect(abs(delays.min()! - 9) < 0.05, "\(delays.min()!) ms")
      #expect(abs(delays.max()! - 15) < 0.05, "\(delays.max()!) ms")
    }
  }

  @Test func theRightSideIsAQuarterOfACycleAhead() {
    let rig = KernelRig("chorus")
    rig["mix"] = 1
    rig.signal("in") { frame, _ in Float(frame) / 8_192 }
    let sound = rig.render(100_000)
    // 0.5 Hz: a quarter is 24,000 frames.
    let worst = (2_000..<70_000).map { frame in
      let right = Float(frame) - sound["right"][0][frame] * 8_192
      let left = Float(frame + 24_000) - sound["left"][0][frame + 24_000] * 8_192
      return abs(left - right)
    }.max()!
    #expect(worst < 0.1, "\(worst) frames")
  }

  @Test func maximumFeedbackStaysBounded() {
    for feedback: Float in [-0.95, 0.95] {
      let rig = KernelRig("chorus")
      rig["feedback"] = feedback
      rig["depth"] = 1
      rig["rate"] = 5
      rig.signal("in") { frame, _ in sinf(Float(frame) * 0.05) }
      #expect(rig.render(200_000).peak < 21)
    }
  }
}
