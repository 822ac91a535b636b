// [audio] Voice allocation and voice stealing, start and end of a voice, thinning in an overload.
import DSP
import ModuleKit

extension VoiceAllocator {
  /// Plays a note in the voice of its key, else an idle one, else a stolen one.
  mutating func play(_ note: HeldNote, at now: Int) {
    if isBeyond { makeRoom(at: now) }
    for i in 0..<count where voice(i).pointee.stage != .idle && voice(i).pointee.note.isAgain(note) {
      return strike(i, note, at: now)
    }
    var oldest = -1
    for i in 0..<count where voice(i).pointee.stage == .idle && mayPlay(i) {
      // The voice that has been idle for longest: its filters have settled most.
      if oldest < 0 || voice(i).pointee.order < voice(oldest).pointee.order { oldest = i }
    }
    if oldest >= 0 { return strike(oldest, note, at: now) }
    // A single voice is retriggered, not faded: it sounds the same alone and as a former one of several.
    if count == 1 { return strike(0, note, at: now) }
    steal(victim(at: now), for: note, at: now)
  }

  /// Steals a voice: its note fades, then the new one begins.
  mutating func steal(_ stolen: Int, for note: HeldNote, at now: Int) {
    let wasPlanned = voice(stolen).pointee.startFrame
    let goal = wasPlanned == Int.max ? now + fadeFrames : wasPlanned
    close(stolen, at: now)
    group(stolen).pointee.weight.move(lane: lane(stolen), to: 0, frames: goal - now)
    plan(note, in: stolen, at: goal)
  }

  /// Chooses the voice to steal: the oldest released one; else the quietest (the oldest of those within 1 dB of it);
  /// else the oldest.
  private func victim(at now: Int) -> Int {
    if let released = oldestReleased(among: count) { return released }
    // A level counts once it has been measured over a few cycles.
    let settled = now - Int(sampleRate * 0.02)
    var least = Float.infinity
    // Some voices are idle while fewer may play than exist.
    for i in 0..<count where voice(i).pointee.stage != .idle && voice(i).pointee.openedFrame <= settled {
      least = min(least, voice(i).pointee.level)
    }
    var oldest = -1
    for i in 0..<count where voice(i).pointee.stage != .idle {
      let voice = voice(i).pointee
      guard least == .infinity || voice.openedFrame <= settled && voice.level <= least * 1.122 else { continue }
      if oldest < 0 || voice.order < self.voice(oldest).pointee.order { oldest = i }
    }
    return max(oldest, 0)
  }

  /// The voice that was released first; nil where none is.
  func oldestReleased(among count: Int) -> Int? {
    var oldest = -1
    for i in 0..<count where voice(i).pointee.stage == .released {
      if oldest < 0 || voice(i).pointee.order < voice(oldest).pointee.order { oldest = i }
    }
    return oldest < 0 ? nil : oldest
  }

  /// Starts a note in a voice at once; a frame later where the gate must first close.
  mutating func strike(_ index: Int, _ note: HeldNote, isSolo: Bool = false, at now: Int) {
    close(index, at: now)
    let voice = voice(index)
    if voice.pointee.startFrame != Int.max, voice.pointee.startFrame > now {
      plan(note, in: index, isSolo: isSolo, at: voice.pointee.startFrame)
    } else if voice.pointee.closedFrame == now {
      plan(note, in: index, isSolo: isSolo, at: now + 1)
    } else {
      plan(note, in: index, isSolo: isSolo, at: now)
      begin(index, at: now)
    }
  }

  private mutating func plan(_ note: HeldNote, in index: Int, isSolo: Bool = false, at frame: Int) {
    let voice = voice(index)
    voice.pointee.isFresh = voice.pointee.stage == .idle
    if voice.pointee.isFresh { sounding += 1 }
    lastOrder += 1
    voice.pointee.order = lastOrder
    voice.pointee.stage = .held
    voice.pointee.isSolo = isSolo
    voice.pointee.note = note
    voice.pointee.startFrame = frame
    voice.pointee.endFrame = Int.max
    voice.pointee.fadedFrame = Int.max
    voice.pointee.silentFrames = 0
    group(index).pointee.isIdle = false
    isIdle = false
  }

  /// Starts the planned note at this frame.
  mutating func begin(_ index: Int, at now: Int) {
    let voice = voice(index), group = group(index), lane = lane(index), note = voice.pointee.note
    voice.pointee.startFrame = Int.max
    voice.pointee.openedFrame = now
    let isSilent = group.pointee.weight.value(lane: lane) == 0
    let glide = Int(setting(.glide) * sampleRate)
    let from = voice.pointee.isSolo ? group.pointee.pitch.value(lane: lane) : lastPitch
    if glide > 0 && lastPitch.isFinite && (setting(.glides) == 0 || note.overlaps) {
      group.pointee.pitch.move(lane: lane, from: from, to: note.pitch, frames: glide)
    } else {
      group.pointee.pitch.move(lane: lane, to: note.pitch)
    }
    lastPitch = note.pitch
    let smooth = isSilent ? 0 : smoothFrames
    group.pointee.number[lane] = note.number
    if isSilent || voice.pointee.isFresh { group.pointee.fresh[lane] = note.number }
    group.pointee.velocity.move(lane: lane, to: note.velocity, frames: smooth)
    shape(index, frames: smooth)
    group.pointee.weight.move(lane: lane, to: 1, frames: voice.pointee.isFresh || !isSilent ? 0 : fadeInFrames)
    group.pointee.gate[lane] = 1
    voice.pointee.level = 0
  }

  /// Fades a voice and makes it idle.
  mutating func fadeAway(_ index: Int, at now: Int, over fade: Int? = nil) {
    let frames = max(1, fade ?? fadeFrames)
    let voice = voice(index)
    close(index, at: now)
    lastOrder += 1
    voice.pointee.order = lastOrder
    voice.pointee.stage = .released
    voice.pointee.isSolo = false
    voice.pointee.startFrame = Int.max
    voice.pointee.endFrame = Int.max
    voice.pointee.fadedFrame = now + frames
    voice.pointee.lastFrame = Int.max
    group(index).pointee.weight.move(lane: lane(index), to: 0, frames: frames)
  }

  private func close(_ index: Int, at now: Int) {
    let lane = lane(index)
    guard group(index).pointee.gate[lane] != 0 else { return }
    group(index).pointee.gate[lane] = 0
    voice(index).pointee.closedFrame = now
  }

  /// Releases a voice's note: its gate closes, but not before it has been open for a frame.
  mutating func release(_ index: Int, at now: Int) {
    let voice = voice(index)
    if voice.pointee.startFrame != Int.max {
      voice.pointee.endFrame = voice.pointee.startFrame + 1
    } else if voice.pointee.openedFrame == now {
      voice.pointee.endFrame = now + 1
    } else {
      end(index, at: now)
    }
  }

  mutating func end(_ index: Int, at now: Int) {
    let voice = voice(index)
    close(index, at: now)
    lastOrder += 1
    voice.pointee.order = lastOrder
    voice.pointee.endFrame = Int.max
    voice.pointee.stage = .released
    voice.pointee.isSolo = false
    voice.pointee.silentFrames = 0
    if index >= count { limit(index, at: now) }
    // Without sums the end of the fade is not measured.
    if !isSummed { makeIdle(index) }
  }

  /// Makes the voice idle.
  mutating func makeIdle(_ index: Int) {
    let voice = voice(index)
    if voice.pointee.stage != .idle { sounding -= 1 }
    lastOrder += 1
    let closedFrame = voice.pointee.closedFrame
    voice.pointee = NoteVoice()
    voice.pointee.order = lastOrder
    voice.pointee.closedFrame = closedFrame
    group(index).pointee.gate[lane(index)] = 0
    // A single voice's weight is not read; its slides continue as if it sounded.
    if isSummed { group(index).pointee.weight.move(lane: lane(index), to: 0) }
    while isBeyond && self.voice(reach - 1).pointee.stage == .idle { reach -= 1 }
  }
}

extension VoiceAllocator {
  /// Fades the quietest group, if more than one plays, and limits the groups that may play to the remaining ones.
  ///
  /// - Returns: the number of voices that fade.
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

  /// After a time without overload: allows one group more.
  mutating func allowMore() {
    guard allowedGroups < groupCount else {
      allowedGroups = Int.max
      return
    }
    allowedGroups += 1
  }

  /// Returns whether an idle voice may be used: its group plays already, or one more group may.
  func mayPlay(_ index: Int) -> Bool {
    guard allowedGroups < Int.max, group(index).pointee.isIdle else { return true }
    var playing = 0
    for g in 0..<groupCount where !groups[g]!.pointee.isIdle { playing += 1 }
    return playing < allowedGroups
  }
}
