// [audio] How many voices there are.
import DSP
import ModuleKit

extension VoiceAllocator {
  /// Seconds after which a voice that the patch has no more is faded, if it does not die away.
  private static let longestEnd: Float = 60

  /// The patch has another number of voices from this frame on. What a voice that goes plays is not cut: a note that
  /// has been let go dies away in it; one that is held stays there, as long as no more are held than there are voices.
  /// What does not fit fades out.
  ///
  /// A node that leaves in the same commit has no memory for more voices than it had.
  mutating func setCount(_ wanted: Int, fade: Int, at now: Int) {
    let old = count, new = min(wanted, madeVoices)
    guard new != old else { return }
    if new < old { close(from: new, fade: fade, at: now) } else { open(from: old, to: new) }
    count = new
    while isBeyond && voice(reach - 1).pointee.stage == .idle { reach -= 1 }
    groupCount = max(groupCount, (new + Voices.count - 1) / Voices.count)
    wake()
  }

  /// Whether the voices are rendered in lanes from this frame on. What the one voice that there was has played may
  /// still sound: from now on that is measured.
  mutating func sum(_ isSummed: Bool) {
    defer { self.isSummed = isSummed }
    guard isSummed, !self.isSummed, count == 1 else { return }
    let voice = voice(0), hasPlayed = voice.pointee.closedFrame != Int.min
    if voice.pointee.stage == .idle && hasPlayed {
      voice.pointee.stage = .released
      sounding += 1
      group(0).pointee.isIdle = false
      isIdle = false
    }
    group(0).pointee.weight.move(lane: 0, to: voice.pointee.stage == .idle ? 0 : 1)
  }

  /// Voices from `new` on take no more notes; of those that they hold, as many stay as there are voices for.
  private mutating func close(from new: Int, fade: Int, at now: Int) {
    var room = new
    for i in 0..<new where voice(i).pointee.stage == .held { room -= 1 }
    for i in new..<reach where voice(i).pointee.stage != .idle {
      if voice(i).pointee.stage == .released {
        limit(i, at: now)
      } else if room > 0 {
        room -= 1
      } else {
        fadeAway(i, at: now, over: fade)
      }
    }
  }

  /// Before a new note: a note that is held beyond the voices that there are goes where they would be too many.
  mutating func makeRoom(at now: Int) {
    var held = 0, oldest = -1
    for i in 0..<reach where voice(i).pointee.stage == .held {
      held += 1
      guard i >= count else { continue }
      if oldest < 0 || voice(i).pointee.order < voice(oldest).pointee.order { oldest = i }
    }
    if held >= count && oldest >= 0 { fadeAway(oldest, at: now) }
  }

  /// Voices up to `new` take notes; some may still play.
  private mutating func open(from old: Int, to new: Int) {
    for i in old..<new { voice(i).pointee.lastFrame = Int.max }
    reach = max(reach, new)
  }

  /// A voice beyond those that there are does not sound for ever.
  func limit(_ index: Int, at now: Int) {
    voice(index).pointee.lastFrame = now + Int(VoiceAllocator.longestEnd * sampleRate)
  }

  /// Voices that there is memory for.
  private var madeVoices: Int {
    var made = 0
    while made < Engine.groupLimit, groups[made] != nil { made += 1 }
    return made * Voices.count
  }
}
