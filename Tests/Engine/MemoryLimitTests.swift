import CRealtime
import Engine
import PatchKit
import Synchronization
import Testing

@Suite struct MemoryLimitTests {
  private func rig() throws -> EngineRig {
    let rig = EngineRig()
    rig.plans.memoryLimit = 1 << 30
    rig.create("osc", "sine")
    try rig.commit()
    rig.render(4_800)
    return rig
  }

  /// Adds delays with 512 voices: 393 MB each.
  private func addDelays(_ count: Int, to rig: EngineRig) throws {
    try rig.patch.setVoices(512)
    rig.create("who", "voice")
    for i in 0..<count {
      rig.create("echo\(i)", "delay")
      rig.connect("who", "echo\(i)")
    }
  }

  @Test func patchAboveTheMemoryLimitIsRefusedBeforeAllocation() throws {
    let rig = try rig(), before = rig.patch
    try addDelays(100, to: rig)
    let start = weft_nanoseconds()
    #expect {
      try rig.commit()
    } throws: { error in
      let first = (error as? PatchErrors)?.errors.first
      return first?.code == .limit && first?.message.contains("of 1024 MB are in use") == true
    }
    // 39 GB take seconds to clear; one kernel is measured.
    #expect(weft_nanoseconds() - start < 1_000_000_000)
    // The present patch continues.
    rig.patch = before
    #expect(peak(rig.render(4_800)) > 0.2)
  }

  @Test func patchWithTooManyKernelsIsRefusedWithTheVoicesThatItMayHave() throws {
    let rig = EngineRig()
    rig.plans.memoryLimit = 1 << 40
    rig.create("who", "voice")
    for i in 0..<1_199 {
      rig.create("osc\(i)", "sine")
      rig.connect("who", "osc\(i)/frequency")
    }
    try rig.patch.setVoices(512)
    #expect {
      try rig.commit()
    } throws: { error in
      let first = (error as? PatchErrors)?.errors.first
      return first?.code == .limit
        && first?.message == "512 voices of 1200 polyphonic nodes are too many: with 1200 such nodes at most 216"
    }
    try rig.patch.setVoices(216)
    _ = try rig.plans.prepare(IdentifiedPatch(patch: rig.patch, serials: rig.serials))
  }

  @Test func memoryLimitCountsTheWholeProcess() throws {
    let rig = try rig()
    rig.plans.usedMemory = { 1 << 30 }
    rig.create("echo", "delay")
    #expect(throws: PatchErrors.self) { try rig.commit() }
    rig.plans.usedMemory = { 1 << 29 }
    try rig.commit()
  }

  /// Plans that nothing plays yet hold their buffers.
  @Test func unplayedPlansCountBeforeMoreAreMade() throws {
    let rig = try rig()
    try rig.patch.setVoices(512)
    rig.create("out", "output")
    rig.create("who", "voice")
    for i in 0..<20 {
      rig.create("osc\(i)", "sine")
      rig.connect("who", "osc\(i)/frequency")
      rig.connect("osc\(i)", "out")
    }
    try rig.commit()
    rig.render(4_800)
    let limit = rig.plans.audioBytes + 32 << 20
    rig.plans.memoryLimit = limit
    #expect(!rig.plans.lacksRoomForPlans)
    var commits = 0
    while !rig.plans.lacksRoomForPlans, commits < 2_000 {
      rig.set("osc0", "gain", Float(commits % 2))
      try rig.commit()
      commits += 1
    }
    #expect((1..<2_000).contains(commits))
    #expect(rig.plans.audioBytes < limit)
    rig.render(48_000)
    rig.plans.tick()
    #expect(!rig.plans.lacksRoomForPlans)
  }

  /// Work that a test does when it wants to, on a thread of its own.
  private final class Background {
    var work: [(work: @Sendable () -> Void, done: () -> Void)] = []

    func perform() async {
      let (work, done) = self.work.removeFirst()
      await Task.detached { work() }.value
      done()
    }
  }

  @Test func largePatchIsAllocatedOnAnotherThread() async throws {
    let rig = try rig(), background = Background()
    rig.plans.background = { background.work.append(($0, $1)) }
    for i in 0..<3_000 { rig.create("n\(i)", "sine") }
    let patch = IdentifiedPatch(patch: rig.patch, serials: rig.serials)
    let large = try rig.plans.prepare(patch)
    #expect(large.isLarge)
    var isAllocated = false
    rig.plans.allocate(large) { isAllocated = true }
    #expect(!isAllocated && background.work.count == 1)
    // The playing patch and its parameters continue meanwhile.
    #expect(peak(rig.render(480)) > 0.2)
    await background.perform()
    #expect(isAllocated)
    let prepared = try rig.plans.prepare(patch)
    #expect(!prepared.isLarge, "nothing is left to allocate")
    try rig.plans.commit(prepared, ticket: 1_000)
    rig.render(4_800)
    // So is the order of its steps.
    #expect(rig.sounding.last?.ticket != 1_000 && background.work.count == 1)
    await background.perform()
    rig.render(4_800)
    #expect(rig.sounding.last?.ticket == 1_000)
    // Freeing it is work for the other thread, too.
    rig.patch = Patch()
    try rig.commit()
    for _ in 0..<4 {
      rig.render(2_400)
      while !background.work.isEmpty { await background.perform() }
    }
    #expect(rig.plans.isSettled && rig.plans.livePlanCount == 1)
  }
}
