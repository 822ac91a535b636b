import Engine
import PatchKit
import Testing

@Suite struct MemoryLimitTests {
  @Test func patchAboveTheMemoryLimitIsRefused() throws {
    let rig = EngineRig()
    rig.create("osc", "sine")
    try rig.commit()
    rig.render(4_800)
    let before = rig.patch
    try rig.patch.setVoices(512)
    rig.create("who", "voice")
    for i in 0..<100 {
      rig.create("echo\(i)", "delay")
      rig.connect("who", "echo\(i)")
    }
    #expect {
      try rig.commit()
    } throws: { error in
      (error as? PatchErrors)?.errors.first?.code == .limit
    }
    // The present patch continues.
    rig.patch = before
    #expect(peak(rig.render(4_800)) > 0.2)
  }
}
