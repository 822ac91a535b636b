import CRealtimeGuard
import Engine
import Foundation
import Hosts
import PatchKit
import TestSupport
import Testing

/// Random commits of a patch that JACK plays, compared with the ideal mix afterwards.
@Suite struct IdealJackTests {
  private static let wanted = ProcessInfo.processInfo.environment["WEFT_COMMITS"].flatMap(Int.init)

  @Test func randomCommitsOnJackEqualTheIdealMix() throws {
    let stage = try JackStage(voices: 32), commits = Self.wanted ?? 200, violations = weft_guard_violations()
    // A restored node continues or begins anew, depending on whether the control side has dropped it.
    var storm = IdealStorm(seed: 7, without: ["undo", "voices"])
    for _ in 0..<commits {
      for _ in 0..<storm.int(1...4) { storm.edit(stage.rig) }
      try stage.commit(ramp: storm.pick([0.001, 0.005, 0.02])!)
      stage.wait(milliseconds: storm.int(0...10))
    }
    stage.wait(milliseconds: 100)
    stage.close()
    // Other tests cause some on purpose.
    if Self.wanted != nil { #expect(weft_guard_violations() == violations) }
    let (worst, frames) = stage.compared()
    #expect(worst < 1e-6, "a difference of \(worst) to the ideal mix")
    #expect(frames > commits * 64 && stage.rig.engine.lateCount == 0)
    let latencies = stage.latencies.sorted(), p99 = latencies[latencies.count * 99 / 100]
    if Self.wanted != nil { #expect(p99 < 25) }
    print(
      """
      \(stage.rig.commits) commits on JACK in \(frames / 48_000) s: worst difference to the ideal mix \(worst), commit to \
      sound \(String(format: "p99 %.2f, most %.2f ms", p99, latencies.last!)), \(stage.xruns) xruns
      """)
  }
}
