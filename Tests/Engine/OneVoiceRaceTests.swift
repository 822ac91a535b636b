import Engine
import Glibc
import PatchKit
import TestSupport
import Testing

/// One voice continues in lanes while it plays, under ThreadSanitizer (`make tsan`).
@Suite struct OneVoiceRaceTests {
  /// Replaces the instrument by a new one of one voice.
  private func renew(_ rig: EngineRig) throws {
    for id in rig.patch.nodes.keys.sorted() { rig.delete(id) }
    try rig.patch.setVoices(1)
    rig.create("keys", "notes")
    rig.create("osc", "saw")
    rig.create("filt", "biquad", [("cutoff", .number(900))])
    rig.create("loop", "feedback")
    rig.create("echo", "delay", [("time", .number(0.05)), ("mix", .number(0.5))])
    rig.create("out", "output", [("level", .number(0.1))])
    for (from, to) in [("keys/pitch", "osc/frequency"), ("osc", "filt"), ("filt", "loop"), ("filt", "echo")] {
      rig.connect(from, to)
    }
    rig.connect("loop", "filt/in", 0.2)
    rig.connect("echo", "out")
    try rig.commit()
  }

  /// Groups of voices are allocated for the next commits while a plan waits for its frame, and starts.
  @Test func voiceGroupsAreMadeWhileAPlanStartIsPending() throws {
    let rig = EngineRig(), audio = AudioThread(rig.engine, frames: 1 << 16)
    try renew(rig)
    audio.start()
    for _ in 0..<40 {
      for voices in [4, 12, 20, 28, 40, 64] {
        try rig.patch.setVoices(voices)
        try rig.commit(ramp: 0.001, at: rig.engine.frame + 128)
        rig.on(50)
      }
      while rig.sounding.count < rig.commits {
        rig.plans.tick()
        usleep(20)
      }
      try renew(rig)
      while !rig.plans.isSettled {
        rig.plans.tick()
        usleep(20)
      }
    }
    audio.stop()
    #expect(rig.faults.isEmpty && audio.left[..<min(audio.rendered, audio.left.count)].allSatisfy { $0.isFinite })
  }

  @Test func voiceMovesToLanesWhileParametersMove() throws {
    let rig = EngineRig(), audio = AudioThread(rig.engine, frames: 1 << 16)
    var random = SplitMix(seed: 1)
    func pause(until isDone: () -> Bool) {
      while !isDone() {
        rig.plans.tick()
        usleep(20)
      }
    }
    try renew(rig)
    audio.start()
    for round in 0..<60 {
      rig.on(Float.random(in: 40..<60, using: &random))
      for voices in [8, 1, 20] {
        rig.set("filt", "cutoff", Float.random(in: 300...3_000, using: &random))
        try rig.patch.setVoices(voices)
        try rig.commit(ramp: 0.001)
        rig.set("filt", "q", Float.random(in: 0.5...3, using: &random))
        rig.set("osc", "gain", Float.random(in: 0.1...0.5, using: &random))
        // Now and then the next commit comes before it sounds.
        if round % 3 == 0 { pause { rig.sounding.count == rig.commits } }
      }
      pause { rig.sounding.count == rig.commits }
      try renew(rig)
    }
    pause { rig.plans.isSettled && rig.plans.livePlanCount == 1 }
    audio.stop()
    #expect(audio.left[..<min(audio.rendered, audio.left.count)].allSatisfy { $0.isFinite })
    #expect(peak(audio.left) > 0.01 && rig.faults.isEmpty && rig.plans.livePlanCount == 1)
  }
}
