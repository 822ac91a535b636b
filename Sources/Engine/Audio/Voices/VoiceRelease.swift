// [audio] Release: pedals, ends of notes, idle detection, fewer voices.
import DSP
import ModuleKit

extension VoiceAllocator {
  /// Returns whether a note is held by its key or a pedal of its channel.
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

  /// Releases the keys of a channel; 0: all keys. Pedals hold their notes.
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

  /// Returns whether a note of another channel sounds.
  func isSounding(beside channel: UInt8) -> Bool {
    for i in 0..<reach where voice(i).pointee.stage != .idle {
      if !zones.concern(channel, voice(i).pointee.note.channel) { return true }
    }
    return false
  }

  /// Fades the voices of a channel, 0: every voice, within 3 ms; then they count as released.
  mutating func silence(channel: UInt8 = 0, at now: Int) {
    releaseAll(channel: channel, at: now)
    channels.sustain(false, channel)
    for i in 0..<reach where voice(i).pointee.stage != .idle && zones.concern(channel, voice(i).pointee.note.channel) {
      // A planned note never begins.
      if voice(i).pointee.startFrame != Int.max {
        voice(i).pointee.startFrame = Int.max
        voice(i).pointee.endFrame = Int.max
        voice(i).pointee.stage = .released
      }
      group(i).pointee.weight.move(lane: lane(i), to: 0, frames: fadeFrames)
    }
  }

  /// Makes every voice idle at once, except for notes struck since the panic: those begin now, since the node is reset.
  /// Only while the output is closed.
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

  /// Advances by a block; at each end of a quantum the voices are measured.
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
      // Releases the peak with a time constant of 13 ms at 48 kHz.
      voice.pointee.level = max(peak[lane], voice.pointee.level * 0.9)
      if voice.pointee.stage == .released {
        voice.pointee.silentFrames =
          peak[lane] < VoiceAllocator.silence ? voice.pointee.silentFrames + quantumFrames : 0
        if voice.pointee.silentFrames >= tailFrames { makeIdle(index) }
      }
      if voice.pointee.stage != .idle { isIdle = false }
    }
    // A voice beyond the patch's number may still fade.
    groups[g]!.pointee.isIdle = isIdle && !groups[g]!.pointee.weight.isMoving
  }
}

extension VoiceAllocator {
  /// Seconds after which a surplus voice is faded if it does not decay.
  private static let longestEnd: Float = 60

  /// Changes the number of voices from this frame on. Notes of removed voices are not cut: a released note decays in
  /// its voice; a held one stays there as long as no more are held than there are voices. The rest fades out.
  ///
  /// A node that leaves in the same commit has no memory for more voices than it had.
  ///
  /// - Parameter made: voices with memory when the plan was compiled; the control side may be making more.
  mutating func setCount(_ wanted: Int, made: Int, fade: Int, at now: Int) {
    let old = count, new = min(wanted, made)
    guard new != old else { return }
    if new < old { close(from: new, fade: fade, at: now) } else { open(from: old, to: new) }
    count = new
    while isBeyond && voice(reach - 1).pointee.stage == .idle { reach -= 1 }
    groupCount = max(groupCount, (new + Voices.count - 1) / Voices.count)
    wake()
  }

  /// Sets whether the voices are rendered in lanes from this frame on. The former single voice may still sound: it is
  /// measured from now on.
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

  /// Closes voices from `new` on to new notes; as many of their held notes stay as there are voices.
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

  /// Before a note-on: fades a held note beyond the voice count where the new note would exceed it.
  mutating func makeRoom(at now: Int) {
    var held = 0, oldest = -1
    for i in 0..<reach where voice(i).pointee.stage == .held {
      held += 1
      guard i >= count else { continue }
      if oldest < 0 || voice(i).pointee.order < voice(oldest).pointee.order { oldest = i }
    }
    if held >= count && oldest >= 0 { fadeAway(oldest, at: now) }
  }

  /// Opens voices up to `new` to new notes; some may still play.
  private mutating func open(from old: Int, to new: Int) {
    for i in old..<new { voice(i).pointee.lastFrame = Int.max }
    reach = max(reach, new)
  }

  /// Bounds the time for which a surplus voice sounds.
  func limit(_ index: Int, at now: Int) {
    voice(index).pointee.lastFrame = now + Int(VoiceAllocator.longestEnd * sampleRate)
  }
}
