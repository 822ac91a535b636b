// [audio] How many voices there are.
import DSP
import ModuleKit

extension NoteBoard {
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

  /// Voices that there is memory for.
  private var madeVoices: Int {
    var made = 0
    while made < Engine.groupLimit, groups[made] != nil { made += 1 }
    return made * Voices.count
  }

  /// The patch has another number of voices from this frame on. Notes of voices that go move to idle ones; what does
  /// not fit fades out with its voice.
  ///
  /// A node that leaves in the same commit has no memory for more voices than it had.
  mutating func setCount(_ wanted: Int, fade: Int, at now: Int) {
    let old = count, new = min(wanted, madeVoices)
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
