// [audio] How many voices there are.
import DSP
import ModuleKit

extension NoteBoard {
  /// Seconds after which a voice that the patch has no more is faded, if it does not die away.
  private static let longestEnd: Float = 60

  /// The patch has another number of voices from this frame on. What a voice that goes plays is not cut: a note that
  /// has been let go dies away in it; one that is held moves to an idle voice, or, where a note that only dies away
  /// has its place, stays where it is until it is let go. What does not fit fades out.
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

  /// Voices from `new` on take no more notes.
  private mutating func close(from new: Int, fade: Int, at now: Int) {
    var places = 0
    for i in 0..<new where voice(i).pointee.stage == .released { places += 1 }
    for i in new..<reach where voice(i).pointee.stage != .idle {
      // One voice alone is not summed: others cannot sound beside it.
      let isKept = new > 1 && (voice(i).pointee.stage == .released || places > 0)
      if voice(i).pointee.stage == .released {
        if isKept { limit(i, at: now) } else { quit(i, fade: fade) }
        continue
      }
      if move(voice(i).pointee.note, below: new, at: now) {
        quit(i, fade: fade)
      } else if isKept {
        places -= 1
      } else {
        quit(i, fade: fade)
      }
    }
  }

  /// Voices up to `new` take notes; some may still play.
  private mutating func open(from old: Int, to new: Int) {
    for i in old..<new {
      voice(i).pointee.lastFrame = Int.max
      guard i >= reach || voice(i).pointee.stage == .idle else { continue }
      voice(i).pointee = NoteVoice()
      group(i).pointee.gate[lane(i)] = 0
      group(i).pointee.weight.move(lane: lane(i), to: 0)
    }
    // One voice is not weighed; several are.
    if old == 1 { group(0).pointee.weight.move(lane: 0, to: voice(0).pointee.stage == .idle ? 0 : 1) }
    reach = max(reach, new)
  }

  /// A note whose voice goes: to an idle voice, or to the one voice that there is.
  private mutating func move(_ note: HeldNote, below count: Int, at now: Int) -> Bool {
    let free = (0..<count).first {
      voice($0).pointee.stage == .idle || count == 1 && voice($0).pointee.stage == .released
    }
    guard let free else { return false }
    var note = note
    note.isMoved = true
    strike(free, note, at: now)
    return true
  }

  /// A voice beyond those that there are does not sound for ever.
  func limit(_ index: Int, at now: Int) {
    voice(index).pointee.lastFrame = now + Int(NoteBoard.longestEnd * sampleRate)
  }

  private mutating func quit(_ index: Int, fade: Int) {
    sounding -= 1
    let order = voice(index).pointee.order
    voice(index).pointee = NoteVoice()
    voice(index).pointee.order = order
    group(index).pointee.gate[lane(index)] = 0
    group(index).pointee.weight.move(lane: lane(index), to: 0, frames: fade)
  }

  /// Voices that there is memory for.
  private var madeVoices: Int {
    var made = 0
    while made < Engine.groupLimit, groups[made] != nil { made += 1 }
    return made * Voices.count
  }
}
