// [audio] Who plays what: the voices of one node that takes notes, and how notes are dealt out to them.
import DSP
import ModuleKit

/// The voices of one node. Its memory is fixed by the control side (`NoteMemory`); then it belongs to the audio thread.
struct NoteBoard {
  /// What the kernels see, and what is known of each voice: by group.
  let groups: UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>?>
  let voices: UnsafeMutablePointer<UnsafeMutablePointer<NoteVoice>?>
  /// Keys down in the modes of one voice, in the order in which they were struck.
  let held: UnsafeMutablePointer<HeldNote>
  var heldCount = 0
  static let heldLimit = 128
  /// Bend (octaves) and pressure by channel; 0 is every channel.
  let bends: UnsafeMutablePointer<Float>
  let pressures: UnsafeMutablePointer<Float>
  static let channels = 17

  /// The knobs of the node that sounds.
  var knobs: UnsafeMutablePointer<Knob>?
  var count = 0
  var sampleRate: Float
  /// The earliest frame at which a planned start or end is due.
  var nextFrame = Int.max
  /// Voices that are not idle.
  var sounding = 0
  var lastOrder = 0
  /// Where a glide begins; not a number before the first note.
  var lastPitch = Float.nan
  var isSustained = false
  /// Groups that were ever in use.
  var groupCount = 0
  /// Octaves from A4 of each key, not a number where it is silent; empty: equal temperament. The active plan's.
  var tuning = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
  /// How long a released voice must be silent before it is idle.
  var tailFrames = Int.max

  /// A voice that is taken from its note fades for this long, and comes back in half of it.
  private var fadeFrames: Int { max(1, Int(sampleRate * 0.002_5)) }
  /// How long values take that would click as a step.
  private var smoothFrames: Int { max(1, Int(sampleRate * 0.002)) }

  func setting(_ input: NoteInput) -> Float {
    knobs.map { ($0 + input.rawValue).pointee.target } ?? 0
  }
  var mode: NoteMode { NoteMode(rawValue: Int(setting(.mode))) ?? .poly }
  @inline(__always) func voice(_ index: Int) -> UnsafeMutablePointer<NoteVoice> {
    voices[index / Voices.count]! + index % Voices.count
  }
  @inline(__always) func group(_ index: Int) -> UnsafeMutablePointer<NoteGroup> { groups[index / Voices.count]! }
  @inline(__always) func lane(_ index: Int) -> Int { index % Voices.count }

  // MARK: Events

  mutating func obey(_ event: NoteEvent, at now: Int) {
    guard knobs != nil else { return }
    let heard = Int(setting(.channel))
    if event.channel != 0, heard != 0, heard != Int(event.channel) { return }
    switch event.kind {
    case .on: start(event, at: now)
    case .off: letGo(event, at: now)
    case .bend: bend(event)
    case .pressure: press(event)
    case .retune: retune(event)
    case .velocity: touch(event)
    case .allOff: releaseAll(channel: event.channel, at: now)
    case .panic: silence(at: now)
    case .sustain: sustain(event.value > 0.5, at: now)
    case .sostenuto: sostenuto(event.value > 0.5, at: now)
    }
    wake()
  }

  private mutating func start(_ event: NoteEvent, at now: Int) {
    guard event.key >= setting(.low), event.key <= setting(.high), count > 0 else { return }
    let pitch = event.isNamed ? NoteBoard.equalPitch(of: event.key) : pitch(of: event.key)
    guard pitch.isFinite else { return }
    let note = HeldNote(
      id: event.id, channel: event.channel, key: event.key, pitch: pitch, velocity: event.value,
      isNamed: event.isNamed)
    if mode == .poly { play(note, at: now) } else { playAlone(note, at: now) }
  }

  private mutating func letGo(_ event: NoteEvent, at now: Int) {
    for i in 0..<count {
      let voice = voice(i)
      guard voice.pointee.stage == .held, !voice.pointee.isSolo, event.means(voice.pointee.note) else { continue }
      voice.pointee.note.isDown = false
      if !voice.pointee.note.isHeld(sustain: isSustained) { release(i, at: now) }
    }
    var isChanged = false
    for i in 0..<heldCount where event.means(held[i]) {
      held[i].isDown = false
      isChanged = true
    }
    if isChanged { dropHeld(at: now) }
  }

  private mutating func bend(_ event: NoteEvent) {
    let octaves = event.value / 12
    if event.id == 0 && event.key < 0 { keep(octaves, in: bends, event.channel) }
    for i in 0..<count where voice(i).pointee.stage != .idle && event.means(voice(i).pointee.note) {
      group(i).pointee.bend.move(lane: lane(i), to: octaves, frames: smoothFrames)
    }
  }

  private mutating func press(_ event: NoteEvent) {
    if event.id == 0 && event.key < 0 { keep(event.value, in: pressures, event.channel) }
    for i in 0..<count where voice(i).pointee.stage != .idle && event.means(voice(i).pointee.note) {
      group(i).pointee.pressure.move(lane: lane(i), to: event.value, frames: smoothFrames)
    }
  }

  private mutating func retune(_ event: NoteEvent) {
    let pitch = NoteBoard.equalPitch(of: event.key)
    for i in 0..<count where voice(i).pointee.stage != .idle && event.means(voice(i).pointee.note) {
      voice(i).pointee.note.key = event.key
      voice(i).pointee.note.pitch = pitch
      guard voice(i).pointee.startFrame == Int.max else { continue }
      group(i).pointee.pitch.move(lane: lane(i), to: pitch, frames: smoothFrames)
    }
    for i in 0..<heldCount where event.means(held[i]) { (held[i].key, held[i].pitch) = (event.key, pitch) }
  }

  private mutating func touch(_ event: NoteEvent) {
    for i in 0..<count where voice(i).pointee.stage != .idle && event.means(voice(i).pointee.note) {
      voice(i).pointee.note.velocity = event.value
      guard voice(i).pointee.startFrame == Int.max else { continue }
      group(i).pointee.velocity.move(lane: lane(i), to: event.value, frames: smoothFrames)
    }
  }

  private func keep(_ value: Float, in values: UnsafeMutablePointer<Float>, _ channel: UInt8) {
    if channel == 0 {
      values.update(repeating: value, count: NoteBoard.channels)
    } else {
      values[min(Int(channel), NoteBoard.channels - 1)] = value
    }
  }

  // MARK: Voices for notes

  /// A note in a voice of its own: the voice of its key, else an idle one, else one that is stolen.
  private mutating func play(_ note: HeldNote, at now: Int) {
    for i in 0..<count where voice(i).pointee.stage != .idle && voice(i).pointee.note.isAgain(note) {
      return strike(i, note, at: now)
    }
    var oldest = -1
    for i in 0..<count where voice(i).pointee.stage == .idle {
      // The one that has been idle for longest; its filters have had the most rest.
      if oldest < 0 || voice(i).pointee.order < voice(oldest).pointee.order { oldest = i }
    }
    if oldest >= 0 { return strike(oldest, note, at: now) }
    // One voice alone is not summed and cannot be faded: it is struck anew.
    if count == 1 { return strike(0, note, at: now) }
    steal(victim(at: now), for: note, at: now)
  }

  /// Takes a voice from its note, which fades; the new one begins when it has.
  mutating func steal(_ stolen: Int, for note: HeldNote, at now: Int) {
    let wasPlanned = voice(stolen).pointee.startFrame
    let goal = wasPlanned == Int.max ? now + fadeFrames : wasPlanned
    close(stolen, at: now)
    group(stolen).pointee.weight.move(lane: lane(stolen), to: 0, frames: goal - now)
    plan(note, in: stolen, at: goal)
  }

  /// The oldest released voice; else the quietest (the oldest of those within 1 dB of it); else the oldest.
  private func victim(at now: Int) -> Int {
    if let released = oldestReleased(among: count) { return released }
    // A voice is judged by its level once that has been measured over a few cycles.
    let settled = now - Int(sampleRate * 0.02)
    var least = Float.infinity
    for i in 0..<count where voice(i).pointee.openedFrame <= settled { least = min(least, voice(i).pointee.level) }
    var oldest = -1
    for i in 0..<count {
      let voice = voice(i).pointee
      guard least == .infinity || voice.openedFrame <= settled && voice.level <= least * 1.122 else { continue }
      if oldest < 0 || voice.order < self.voice(oldest).pointee.order { oldest = i }
    }
    return max(oldest, 0)
  }

  /// The released voice that was let go first; nil where none sounds on.
  func oldestReleased(among count: Int) -> Int? {
    var oldest = -1
    for i in 0..<count where voice(i).pointee.stage == .released {
      if oldest < 0 || voice(i).pointee.order < voice(oldest).pointee.order { oldest = i }
    }
    return oldest < 0 ? nil : oldest
  }

  /// Starts a note in a voice at once; a frame later where the gate must first be seen to close.
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
    voice.pointee.silentFrames = 0
    group(index).pointee.isIdle = false
  }

  /// The planned note sounds from this frame on.
  private mutating func begin(_ index: Int, at now: Int) {
    let voice = voice(index), group = group(index), lane = lane(index), note = voice.pointee.note
    voice.pointee.startFrame = Int.max
    voice.pointee.openedFrame = now
    let isSilent = group.pointee.weight.value(lane: lane) == 0
    let glide = Int(setting(.glide) * sampleRate)
    let from = voice.pointee.isSolo ? group.pointee.pitch.value(lane: lane) : lastPitch
    if glide > 0 && lastPitch.isFinite && !note.isMoved {
      group.pointee.pitch.move(lane: lane, from: from, to: note.pitch, frames: glide)
    } else {
      group.pointee.pitch.move(lane: lane, to: note.pitch)
    }
    if !note.isMoved { lastPitch = note.pitch }
    let smooth = isSilent ? 0 : smoothFrames
    group.pointee.velocity.move(lane: lane, to: note.velocity, frames: smooth)
    group.pointee.bend.move(lane: lane, to: bends[Int(note.channel)], frames: smooth)
    group.pointee.pressure.move(lane: lane, to: pressures[Int(note.channel)], frames: smooth)
    group.pointee.weight.move(lane: lane, to: 1, frames: voice.pointee.isFresh || !isSilent ? 0 : fadeFrames / 2)
    group.pointee.gate[lane] = 1
    voice.pointee.level = 0
  }

  private func close(_ index: Int, at now: Int) {
    let lane = lane(index)
    guard group(index).pointee.gate[lane] != 0 else { return }
    group(index).pointee.gate[lane] = 0
    voice(index).pointee.closedFrame = now
  }

  /// Lets a voice's note go: its gate closes, but never before it has been open for a frame.
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

  private mutating func end(_ index: Int, at now: Int) {
    let voice = voice(index)
    close(index, at: now)
    lastOrder += 1
    voice.pointee.order = lastOrder
    voice.pointee.endFrame = Int.max
    voice.pointee.stage = .released
    voice.pointee.isSolo = false
    voice.pointee.silentFrames = 0
    // Without sums nobody measures when it has faded.
    if count == 1 { rest(index) }
  }

  /// The voice is idle.
  mutating func rest(_ index: Int) {
    let voice = voice(index)
    if voice.pointee.stage != .idle { sounding -= 1 }
    lastOrder += 1
    let closedFrame = voice.pointee.closedFrame
    voice.pointee = NoteVoice()
    voice.pointee.order = lastOrder
    voice.pointee.closedFrame = closedFrame
    group(index).pointee.gate[lane(index)] = 0
    // A single voice's weight is not read; its slides go on as if it sounded.
    if count > 1 { group(index).pointee.weight.move(lane: lane(index), to: 0) }
  }

  // MARK: Time

  /// Starts and ends what is due.
  mutating func catchUp(to now: Int) {
    guard nextFrame <= now else { return }
    for i in 0..<count {
      if voice(i).pointee.startFrame <= now { begin(i, at: now) }
      if voice(i).pointee.startFrame == Int.max, voice(i).pointee.endFrame <= now { end(i, at: now) }
    }
    wake()
  }

  /// Looks for the next frame at which something is due.
  mutating func wake() {
    nextFrame = Int.max
    guard sounding > 0 else { return }
    for i in 0..<count {
      let voice = voice(i).pointee
      nextFrame = min(nextFrame, voice.startFrame, voice.endFrame)
    }
  }
}

extension NoteEvent {
  @inline(__always) func means(_ note: HeldNote) -> Bool {
    // The key of a note with a name of its own is nobody's to let go.
    if id == 0 && key >= 0 && note.isNamed { return false }
    return means(id: note.id, key: note.key, channel: note.channel)
  }
}
