// [audio] Pedals, and the ends of all notes.
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
