// [audio] One voice for all notes, pedals, and the ends of all notes.
import DSP
import ModuleKit

extension NoteBoard {
  /// A note for the one voice of the modes last, low, high and legato.
  mutating func playAlone(_ note: HeldNote, at now: Int) {
    for i in 0..<heldCount where held[i].isAgain(note) && held[i].channel == note.channel {
      removeHeld(i)
      break
    }
    if heldCount == NoteBoard.heldLimit { removeHeld(0) }
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

  /// Drops the notes that neither key nor pedal holds; what is left sounds, or nothing.
  mutating func dropHeld(at now: Int) {
    var kept = 0
    for i in 0..<heldCount where held[i].isHeld(sustain: isSustained) {
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
    lastPitch = note.pitch
  }

  mutating func sustain(_ isDown: Bool, at now: Int) {
    isSustained = isDown
    if !isDown { letPedalGo(at: now) }
  }

  mutating func sostenuto(_ isDown: Bool, at now: Int) {
    for i in 0..<count where voice(i).pointee.stage == .held {
      voice(i).pointee.note.isCaught = isDown && voice(i).pointee.note.isDown
    }
    for i in 0..<heldCount { held[i].isCaught = isDown && held[i].isDown }
    if !isDown { letPedalGo(at: now) }
  }

  private mutating func letPedalGo(at now: Int) {
    for i in 0..<count where voice(i).pointee.stage == .held && !voice(i).pointee.isSolo {
      if !voice(i).pointee.note.isHeld(sustain: isSustained) { release(i, at: now) }
    }
    dropHeld(at: now)
  }

  /// Releases the notes of a channel; 0: all notes. Pedals do not hold them.
  mutating func releaseAll(channel: UInt8 = 0, at now: Int) {
    for i in 0..<heldCount where channel == 0 || held[i].channel == channel {
      held[i].isDown = false
      held[i].isCaught = false
    }
    let wasSustained = isSustained
    isSustained = false
    dropHeld(at: now)
    isSustained = wasSustained
    for i in 0..<count where voice(i).pointee.stage == .held && !voice(i).pointee.isSolo {
      guard channel == 0 || voice(i).pointee.note.channel == channel else { continue }
      voice(i).pointee.note.isDown = false
      release(i, at: now)
    }
  }

  /// Every voice fades out within 3 ms; then it is as good as released.
  mutating func silence(at now: Int) {
    releaseAll(at: now)
    isSustained = false
    for i in 0..<count where voice(i).pointee.stage != .idle {
      // What has not begun never will.
      if voice(i).pointee.startFrame != Int.max {
        voice(i).pointee.startFrame = Int.max
        voice(i).pointee.endFrame = Int.max
        voice(i).pointee.stage = .released
      }
      group(i).pointee.weight.move(lane: lane(i), to: 0, frames: max(1, Int(sampleRate * 0.002_5)))
    }
  }

  /// Every voice is idle at once, but for notes that were struck since the panic: those begin now, because all that
  /// they play begins anew. For when nothing can be heard.
  mutating func clear() {
    for i in 0..<count where voice(i).pointee.stage == .released { rest(i) }
    for i in 0..<count where voice(i).pointee.stage == .held && voice(i).pointee.startFrame == Int.max {
      group(i).pointee.weight.move(lane: lane(i), to: 1)
    }
    wake()
  }

  /// A note whose voice goes: to an idle voice, else to one that only dies away.
  private mutating func move(_ note: HeldNote, below count: Int, at now: Int) {
    var note = note
    note.isMoved = true
    if let idle = (0..<count).first(where: { voice($0).pointee.stage == .idle }) {
      strike(idle, note, at: now)
    } else if let released = oldestReleased(among: count) {
      // One voice alone is not summed and cannot be faded.
      if count == 1 { strike(released, note, at: now) } else { steal(released, for: note, at: now) }
    }
  }

  /// The patch has another number of voices from this frame on. Notes of voices that go move to idle ones; what does
  /// not fit fades out with its voice.
  mutating func setCount(_ new: Int, fade: Int, at now: Int) {
    let old = count
    guard new != old else { return }
    if new < old {
      for i in new..<old where voice(i).pointee.stage != .idle {
        let moved = voice(i).pointee
        if moved.stage == .held { move(moved.note, below: new, at: now) }
        sounding -= 1
        let order = moved.order
        voice(i).pointee = NoteVoice()
        voice(i).pointee.order = order
        group(i).pointee.gate[lane(i)] = 0
        group(i).pointee.weight.move(lane: lane(i), to: 0, frames: fade)
      }
    } else {
      for i in old..<new {
        voice(i).pointee = NoteVoice()
        group(i).pointee.gate[lane(i)] = 0
        group(i).pointee.weight.move(lane: lane(i), to: 0)
      }
      // One voice is not weighed; several are.
      if old > 0 { group(0).pointee.weight.move(lane: 0, to: voice(0).pointee.stage == .idle ? 0 : 1) }
    }
    count = new
    groupCount = max(groupCount, (new + Voices.count - 1) / Voices.count)
    wake()
  }
}
