import Engine
import Foundation
import PatchKit
import TestSupport
import Testing

/// Random commits of a patch with 32 voices, against the expected mix: every other sound, such as a click, is a
/// difference.
@Suite struct IdealMixTests {
  /// Number of commits; `WEFT_COMMITS` raises it, and enables a check of the memory, for which no other test may run.
  private static let wanted = ProcessInfo.processInfo.environment["WEFT_COMMITS"].flatMap(Int.init)

  @Test func randomCommitsEqualTheIdealMix() throws {
    #expect(realtimeIsChecked)
    let stage = try IdealStage(voices: 32), commits = Self.wanted ?? 500
    var storm = IdealStorm(seed: 2_026), before = 0
    for i in 0..<commits {
      if i == commits / 10 { before = try stage.bytesWhenIdle(storm) }
      if storm.int(0...3) == 0 { stage.setParameter(&storm) }
      for _ in 0..<storm.int(1...4) { storm.edit(stage.rig) }
      try stage.commit(ramp: storm.pick([0.001, 0.005, 0.02])!)
      storm.remember(stage.rig)
      stage.play(blocks: storm.int(1...8))
      guard stage.worst < 1e-6 else { break }
    }
    #expect(stage.worst < 1e-6, "a difference of \(stage.worst) to the ideal mix")
    #expect(stage.violations == 0)
    #expect(stage.loudest > 0.1)
    let after = try stage.bytesWhenIdle(storm), growth = Double(after - before) / Double(before)
    #expect(stage.rig.commits == stage.rig.sounding.count)
    #expect(stage.rig.plans.isSettled && stage.rig.plans.livePlanCount == 1)
    if Self.wanted != nil { #expect(abs(growth) < 0.01, "\(before) bytes became \(after)") }
    let latencies = stage.latencies.sorted(), p99 = latencies[latencies.count * 99 / 100]
    // Beside other tests it means nothing.
    if Self.wanted != nil { #expect(p99 < 25) }
    print(
      """
      \(stage.rig.commits) commits: worst difference to the ideal mix \(stage.worst), \(stage.violations) violations, \
      \(before / 1_024) -> \(after / 1_024) kB (\(String(format: "%+.2f", 100 * growth)) %), commit to sound \
      \(String(format: "p99 %.2f, most %.2f ms", p99, latencies.last!)); \
      \(storm.counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
      """)
  }
}
