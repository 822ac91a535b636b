// [audio] One voice for all notes.
import DSP
import ModuleKit

extension VoiceAllocator {
  /// A note for the one voice of the modes last, low, high and legato.
  mutating func playAlone(_ note: HeldNote, at now: Int) {
    for i in 0..<heldCount where held[i].isAgain(note) && held[i].channel == note.channel {
      removeHeld(i)
      break
    }
    if heldCount == VoiceAllocator.heldLimit { removeHeld(0) }
    held[heldCount] = note
    heldCount += 1
    // The voices of chords that sounded when the mode changed keep to themselves.
    guard chosen == heldCount - 1 else { return }
    let voice = voice(0)
    let isTied = mode == .legato && voice.pointee.isSolo && voice.pointee.stage == .held && heldCount > 1
    if isTied { moveSolo(to: note) } else { strike(0, note, isSolo: true, at: now) }
  }

  /// Which of the held notes sounds.
  private var chosen: Int {
    var best = heldCount - 1
    switch mode {
    case .low: for i in 0..<heldCount where held[i].key < held[best].key { best = i }
    case .high: for i in 0..<heldCount where held[i].key > held[best].key { best = i }
    case .poly, .last, .legato: break
    }
    return best
  }

  private func removeHeld(at index: Int) {
    for i in index..<(heldCount - 1) { held[i] = held[i + 1] }
  }
  private mutating func removeHeld(_ index: Int) {
    removeHeld(at: index)
    heldCount -= 1
  }

  /// Keeps only those keys in mind that are down or held by a pedal; what is left sounds, or nothing.
  mutating func keepHeld(at now: Int) {
    let allocator = self
    keepHeld(at: now) { allocator.isHeld($0) }
  }

  /// Keeps only such keys in mind; what is left sounds, or nothing.
  mutating func keepHeld(at now: Int, _ isKept: (HeldNote) -> Bool) {
    var kept = 0
    for i in 0..<heldCount where isKept(held[i]) {
      held[kept] = held[i]
      kept += 1
    }
    guard kept != heldCount else { return }
    heldCount = kept
    guard count > 0, voice(0).pointee.isSolo, voice(0).pointee.stage == .held else { return }
    guard heldCount > 0 else { return release(0, at: now) }
    if held[chosen].id != voice(0).pointee.note.id || held[chosen].key != voice(0).pointee.note.key {
      moveSolo(to: held[chosen])
    }
  }

  /// The sounding voice goes to another note without starting anew.
  private mutating func moveSolo(to note: HeldNote) {
    voice(0).pointee.note = note
    guard voice(0).pointee.startFrame == Int.max else { return }
    let glide = Int(setting(.glide) * sampleRate)
    groups[0]!.pointee.pitch.move(lane: 0, to: note.pitch, frames: glide)
    groups[0]!.pointee.number[0] = note.number
    shape(0, frames: smoothFrames)
    lastPitch = note.pitch
  }
}
