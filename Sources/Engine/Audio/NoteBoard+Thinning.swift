// [audio] Fewer voices where the processor cannot render all: whole groups, since a group costs what its eight do.
import DSP
import ModuleKit

extension VoiceAllocator {
  /// Fades the group that is quietest, if more than one plays, and lets no more groups play at a time than are left.
  ///
  /// - Returns: how many voices fade.
  mutating func thin(at now: Int) -> Int {
    var quietest = -1, least = Float.infinity, playing = 0
    for g in 0..<groupCount where !groups[g]!.pointee.isIdle {
      playing += 1
      var level: Float = 0
      for index in g * Voices.count..<min((g + 1) * Voices.count, reach) where voice(index).pointee.stage != .idle {
        level = max(level, voice(index).pointee.level)
      }
      if level < least { (quietest, least) = (g, level) }
    }
    guard playing > 1 else { return 0 }
    allowedGroups = playing - 1
    var faded = 0
    for index in quietest * Voices.count..<min((quietest + 1) * Voices.count, reach)
    where voice(index).pointee.stage != .idle {
      fadeAway(index, at: now)
      faded += 1
    }
    wake()
    return faded
  }

  /// After a while of ease: a group more.
  mutating func allowMore() {
    guard allowedGroups < groupCount else {
      allowedGroups = Int.max
      return
    }
    allowedGroups += 1
  }

  /// Whether an idle voice may be used: its group plays already, or one more may.
  func mayPlay(_ index: Int) -> Bool {
    guard allowedGroups < Int.max, group(index).pointee.isIdle else { return true }
    var playing = 0
    for g in 0..<groupCount where !groups[g]!.pointee.isIdle { playing += 1 }
    return playing < allowedGroups
  }
}
