import Engine
import Glibc
import PatchKit
import TestSupport
import Testing

/// Threads share a patch that is edited while it plays, under ThreadSanitizer (`make tsan`).
@Suite struct ThreadRaceTests {
  @Test func planExchangeUnderWorkersIsRaceFree() throws {
    let rig = EngineRig(threads: 3), audio = AudioThread(rig.engine, frames: 1 << 18)
    rig.startWorkers()
    var storm = PackStorm(seed: 3, rigs: [rig])
    rig.create("keys", "notes")
    rig.create("osc", "triangle")
    rig.connect("keys/pitch", "osc/frequency")
    rig.connect("osc", "out/left", 0.01)
    try rig.patch.setVoices(64)
    try rig.commit()
    audio.start()
    for round in 0..<150 {
      for _ in 0..<round % 4 { storm.edit() }
      if round % 10 == 9 { try rig.patch.setVoices([64, 33, 8][round / 10 % 3]) }
      try rig.commit(ramp: 0.001)
      storm.setParameter()
      _ = rig.plans.setMeter(node: rig.serials["osc"]!, isOn: round % 20 < 10)
      if round == 50 { _ = rig.plans.setScope(0, node: rig.serials["osc"]!, port: 0, key: 1) }
      _ = rig.plans.setProfile(isOn: round % 30 < 5)
      while rig.plans.nextReading() != nil {}
      rig.on(Float(40 + round % 40))
      while rig.commits - rig.sounding.count > round % 3 {
        rig.plans.tick()
        usleep(20)
      }
    }
    while !rig.plans.isSettled {
      rig.plans.tick()
      rig.play(.allOff)
      usleep(1_000)
    }
    audio.stop()
    rig.renderUntilHelped()
    rig.stopWorkers()
    rig.plans.tick()
    #expect(rig.engine.helpCount > 0, "no worker has come")
    #expect(audio.left[..<min(audio.rendered, audio.left.count)].allSatisfy { $0.isFinite })
    #expect(peak(audio.left) > 0.001 && rig.faults.allSatisfy { $0 == EngineFault.output })
    #expect(rig.plans.livePlanCount == 1)
  }
}
