// [audio] Release: pedals, ends of notes, idle detection, fewer voices.
import DSP
import ModuleKit

extension VoiceAllocator {
  /// Whether its key, or a pedal of its channel, holds a note.
  func isHeld(_ note: HeldNote) -> Bool {
    note.isDown || note.isCaught || channels.isSustained(note.channel, in: zones)
  }

  mutating func sustain(_ isDown: Bool, channel: UInt8, at now: Int) {
    channels.sustain(isDown, channel)
    if !isDown { letPedalGo(at: now) }
  }

  mutating func sostenuto(_ isDown: Bool, channel: UInt8, at now: Int) {
    for i in 0..<reach where voice(i).pointee.stage == .held && zones.concern(channel, voice(i).pointee.note.channel) {
      voice(i).pointee.note.isCaught = isDown && voice(i).pointee.note.isDown
    }
    for i in 0..<heldCount where zones.concern(channel, held[i].channel) {
      held[i].isCaught = isDown && held[i].isDown
    }
    if !isDown { letPedalGo(at: now) }
  }

  mutating func letPedalGo(at now: Int) {
    for i in 0..<reach where voice(i).pointee.stage == .held && !voice(i).pointee.isSolo {
      if !isHeld(voice(i).pointee.note) { release(i, at: now) }
    }
    keepHeld(at: now)
  }

  /// Releases the notes of a channel; 0: all notes. Pedals do not hold them.
  mutating func releaseAll(channel: UInt8 = 0, at now: Int) {
    let zones = zones
    keepHeld(at: now) { !zones.concern(channel, $0.channel) }
    for i in 0..<reach where voice(i).pointee.stage == .held && !voice(i).pointee.isSolo {
      guard zones.concern(channel, voice(i).pointee.note.channel) else { continue }
      voice(i).pointee.note.isDown = false
      release(i, at: now)
    }
  }

  /// The keys of a channel come up, 0: all keys. Pedals hold what they hold.
  mutating func releaseKeys(channel: UInt8, at now: Int) {
    let zones = zones
    for i in 0..<reach where voice(i).pointee.stage == .held && !voice(i).pointee.isSolo {
      guard zones.concern(channel, voice(i).pointee.note.channel) else { continue }
      voice(i).pointee.note.isDown = false
      if !isHeld(voice(i).pointee.note) { release(i, at: now) }
    }
    for i in 0..<heldCount where zones.concern(channel, held[i].channel) { held[i].isDown = false }
    keepHeld(at: now)
  }

  /// Whether a note of another channel sounds.
  func isSounding(beside channel: UInt8) -> Bool {
    for i in 0..<reach where voice(i).pointee.stage != .idle {
      if !zones.concern(channel, voice(i).pointee.note.channel) { return true }
    }
    return false
  }

  /// The voices of a channel, 0: every voice, fade out within 3 ms; then they are as good as released.
  mutating func silence(channel: UInt8 = 0, at now: Int) {
    releaseAll(channel: channel, at: now)
    channels.sustain(false, channel)
    for i in 0..<reach where voice(i).pointee.stage != .idle && zones.concern(channel, voice(i).pointee.note.channel) {
      // What has not begun never will.
      if voice(i).pointee.startFrame != Int.max {
        voice(i).pointee.startFrame = Int.max
        voice(i).pointee.endFrame = Int.max
        voice(i).pointee.stage = .released
      }
      group(i).pointee.weight.move(lane: lane(i), to: 0, frames: fadeFrames)
    }
  }

  /// Every voice is idle at once, but for notes that were struck since the panic: those begin now, because all that
  /// they play begins anew. For when nothing can be heard.
  mutating func clear() {
    for i in 0..<reach where voice(i).pointee.stage == .released { makeIdle(i) }
    for i in 0..<reach where voice(i).pointee.stage == .held && voice(i).pointee.startFrame == Int.max {
      group(i).pointee.weight.move(lane: lane(i), to: 1)
    }
    wake()
  }
}

extension VoiceAllocator {
  /// -120 dB of full scale.
  static let silence: Float = 0.000_001

  /// Goes on by a chunk; at each end of a quantum the voices are measured.
  mutating func advance(_ frames: Int, from now: Int) {
    guard !isIdle else { return }
    let measures = isSummed && (now + frames) & (quantumFrames - 1) == 0
    isIdle = true
    for g in 0..<groupCount where !groups[g]!.pointee.isIdle {
      groups[g]!.pointee.advance(frames)
      if measures { measure(g) }
      isIdle = isIdle && groups[g]!.pointee.isIdle
    }
  }

  private mutating func measure(_ g: Int) {
    let peak = groups[g]!.pointee.peak
    groups[g]!.pointee.peak = Voices(0)
    var isIdle = true
    for lane in 0..<min(Voices.count, max(0, reach - g * Voices.count)) {
      let index = g * Voices.count + lane
      let voice = voice(index)
      // Forgets a peak with a time constant of 13 ms at 48 kHz.
      voice.pointee.level = max(peak[lane], voice.pointee.level * 0.9)
      if voice.pointee.stage == .released {
        voice.pointee.silentFrames =
          peak[lane] < VoiceAllocator.silence ? voice.pointee.silentFrames + quantumFrames : 0
        if voice.pointee.silentFrames >= tailFrames { makeIdle(index) }
      }
      if voice.pointee.stage != .idle { isIdle = false }
    }
    // A voice that the patch has no more may still fade.
    groups[g]!.pointee.isIdle = isIdle && !groups[g]!.pointee.weight.isMoving
  }
}

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
