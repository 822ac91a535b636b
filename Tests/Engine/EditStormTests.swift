import CRealtime
import Engine
import Glibc
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// Ten thousand random edits of a playing patch.
@Suite struct EditStormTests {
  private static let edits = 10_000

  /// Kilobytes of the heap in use; the allocator's free memory does not count.
  private var memory: Int { Int(weft_heap_bytes() / 1_024) }

  @Test(arguments: [1, 8]) func randomEditsKeepMemoryAndRealtimeRules(voices: Int) throws {
    let rig = EngineRig()
    try rig.patch.setVoices(voices)
    rig.create("who", "voice")
    rig.create("osc", "saw")
    rig.create("out", "output")
    rig.connect("who/spread", "osc/frequency", 0.1)
    rig.connect("osc", "out")
    try rig.commit()
    var storm = EditStorm(seed: UInt64(voices), kept: ["who", "osc", "out"], into: "out")
    let sound = UnsafeMutablePointer<Float>.allocate(capacity: 2 * 256)
    sound.initialize(repeating: 0, count: 2 * 256)
    defer { sound.deallocate() }
    let channels: [UnsafeMutablePointer<Float>?] = [sound, sound + 256]
    var violations = 0, edits = 0, loudest: Float = 0, held = 0, isFinite = true
    while edits < Self.edits / 2 {
      let together = Int.random(in: 1...8, using: &storm.random)
      for _ in 0..<together { storm.edit(rig) }
      edits += together
      try rig.commit(ramp: Double.random(in: 0...0.01, using: &storm.random))
      for _ in 0..<3 { storm.setParameter(rig) }
      let frames = Int.random(in: 1...256, using: &storm.random)
      violations += channels.withUnsafeBufferPointer { channels in
        realtimeViolations { rig.engine.render(inputs: nil, outputs: channels.baseAddress!, frames: frames) }
      }
      for i in 0..<frames {
        loudest = max(loudest, sound[i].magnitude)
        if !sound[i].isFinite { isFinite = false }
      }
      rig.plans.tick()
      if edits > Self.edits / 8, held == 0 { held = memory }
    }
    #expect(violations == 0)
    #expect(isFinite && loudest > 0.01)
    #expect(rig.faults.isEmpty, "\(rig.faults.count) nodes made what is not finite")
    rig.render(48_000)
    #expect(rig.sounding.count == rig.commits)
    #expect(rig.plans.isSettled && rig.plans.livePlanCount == 1)
    // Allocations of other tests count too, until they are freed.
    for _ in 0..<240 where memory - held >= 400_000 { usleep(250_000) }
    #expect(memory - held < 400_000, "\(held) kB grew to \(memory) kB")
  }
}
