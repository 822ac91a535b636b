import Foundation
import TestSupport
import Testing

/// `disyn`: restarts, and linear frequency modulation.
@Suite struct DisynSyncTests {
  @Test(arguments: [1, 8]) func aRiseOfSyncRestartsBothPhases(lanes: Int) {
    let rig = KernelRig("disyn", lanes: lanes)
    rig.choose("algorithm", "modified")
    rig["frequency"] = 313
    rig["gain"] = 1
    rig.signal("sync") { frame, _ in (1_000..<1_100).contains(frame) ? 1 : 0 }
    let sound = rig.render(3_000).main
    #expect(Array(sound[..<900]) == Array(sound[1_000..<1_900]))
  }

  @Test func fmAddsHertz() {
    let plain = KernelRig("disyn"), moved = KernelRig("disyn")
    for rig in [plain, moved] { rig["gain"] = 1 }
    plain["frequency"] = 500
    moved["frequency"] = 300
    moved["fm"] = 200
    #expect(plain.render(2_000).main == moved.render(2_000).main)
  }
}
