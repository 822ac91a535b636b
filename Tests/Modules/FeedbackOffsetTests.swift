import Glibc
import ModuleKit
import TestSupport
import Testing

/// DC through modules with feedback: at most what enters, and nothing out of a reverb.
@Suite struct FeedbackOffsetTests {
  /// The outputs for a constant of 0.5, after some seconds.
  private func settled(
    _ module: String, _ parameters: [String: Float], input: String = "in", lanes: Int = 1
  ) -> Rendering {
    let rig = KernelRig(module, lanes: lanes)
    rig["mix"] = 1
    for (name, value) in parameters { rig[name] = value }
    rig[input] = 0.5
    rig.skip(6 * 48_000)
    return rig.render(1_024)
  }

  @Test(arguments: ["left", "right"]) func reverbPassesNoOffset(side: String) {
    for lanes in [1, 8] {
      let rest = settled("reverb", ["decay": 1], input: side, lanes: lanes).peak
      #expect(rest < 1e-5, "\(rest)")
    }
  }

  /// DC goes once through each, not around.
  @Test(arguments: ["delay", "chorus", "flanger", "phaser"]) func feedbackDoesNotMultiplyAnOffset(module: String) {
    for feedback: Float in [0, 0.5, 0.95] {
      let sound = settled(module, module == "delay" ? ["feedback": feedback, "time": 0.02] : ["feedback": feedback])
      for output in sound.names {
        #expect(sound[output][0].allSatisfy { abs($0 - 0.5) < 1e-3 }, "\(feedback) \(output) \(sound[output][0][0])")
      }
    }
  }

  /// Without feedback the sound is as it was: the input, delayed.
  @Test func delayWithoutFeedbackIsExact() {
    let rig = KernelRig("delay")
    rig["mix"] = 1
    rig["feedback"] = 0
    rig["time"] = 0.01
    rig.signal("in") { frame, _ in Float(frame % 700) * 0.001 }
    let sound = rig.render(4_000).main
    for i in 480..<4_000 { #expect(abs(sound[i] - Float((i - 480) % 700) * 0.001) < 1e-7) }
  }
}
