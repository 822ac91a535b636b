// [audio] The voices of one note node: allocation, stealing, voice counts.
import DSP
import ModuleKit

/// The voices of one node. Its memory is fixed by the control side (`VoiceMemory`); then it belongs to the audio thread.
struct VoiceAllocator {
  /// What the kernels see, and what is known of each voice: by group.
  let groups: UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>?>
  let voices: UnsafeMutablePointer<UnsafeMutablePointer<NoteVoice>?>
  /// Keys down in the modes of one voice, in the order in which they were struck.
  let held: UnsafeMutablePointer<HeldNote>
  var heldCount = 0
  static let heldLimit = 128
  /// What channels have said of all their notes.
  var channels: MidiChannels

  /// The parameters of the node that sounds.
  var parameters: UnsafeMutablePointer<Parameter>?
  /// Voices that notes are dealt out to.
  var count = 0
  /// Its voices are rendered in lanes: weighed and measured where they are summed. One voice alone is not.
  var isSummed = false
  /// Voices that may sound: those beyond `count` only finish what they play.
  var reach = 0
  var isBeyond: Bool { reach > count }
  var sampleRate: Float
  /// The earliest frame at which a planned start or end is due.
  var nextFrame = Int.max
  /// Voices that are not idle.
  var sounding = 0
  var lastOrder = 0
  /// Of the notes that were struck.
  var lastNumber: UInt32 = 0
  /// Where a glide begins; not a number before the first note.
  var lastPitch = Float.nan
  /// Groups that may play at a time; fewer than there are while the processor is overloaded.
  var allowedGroups = Int.max
  /// No voice of any group plays or sounds.
  var isIdle = true
  /// Groups that were ever in use.
  var groupCount = 0
  /// Octaves from A4 of each key, not a number where it is silent; empty: equal temperament. The active plan's.
  var tuning = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
  /// How long a released voice must be silent before it is idle.
  var tailFrames = Int.max

  /// A voice that is taken from its note fades for this long, and comes back in half of it.
  var fadeFrames: Int { max(1, Int(sampleRate * 0.002_5)) }
  /// How long values take that would click as a step.
  var smoothFrames: Int { max(1, Int(sampleRate * 0.002)) }

  func setting(_ input: NoteInput) -> Float {
    parameters.map { ($0 + input.rawValue).pointee.target } ?? 0
  }
  var mode: NoteMode { NoteMode(rawValue: Int(setting(.mode))) ?? .poly }
  @inline(__always) func voice(_ index: Int) -> UnsafeMutablePointer<NoteVoice> {
    voices[index / Voices.count]! + index % Voices.count
  }
  @inline(__always) func group(_ index: Int) -> UnsafeMutablePointer<NoteGroup> { groups[index / Voices.count]! }
  @inline(__always) func lane(_ index: Int) -> Int { index % Voices.count }

  // MARK: Events

  mutating func apply(_ event: NoteEvent, at now: Int) {
    guard parameters != nil else { return }
    switch event.kind {
    // Only new notes: those that play must end, whatever is heard by then.
    case .on: if receives(event.channel) { start(event, at: now) }
    case .off: letGo(event, at: now)
    case .bend, .wheel, .bendRange, .pressure, .timbre: applyExpression(event)
    case .zone:
      applyExpression(event)
      letPedalGo(at: now)
    case .reset:
      applyExpression(event)
      sustain(false, channel: event.channel, at: now)
      sostenuto(false, channel: event.channel, at: now)
    case .retune: retune(event)
    case .velocity: changeVelocity(event)
    case .keysUp: releaseKeys(channel: event.channel, at: now)
    case .allOff: releaseAll(channel: event.channel, at: now)
    case .panic: silence(channel: event.channel, at: now)
    case .sustain: sustain(event.value > 0.5, channel: event.channel, at: now)
    case .sostenuto: sostenuto(event.value > 0.5, channel: event.channel, at: now)
    }
    wake()
  }

  /// Whether it listens to a channel, or to the one that speaks for it.
  func receives(_ channel: UInt8) -> Bool {
    let heard = UInt8(setting(.channel))
    return channel == 0 || heard == 0 || heard == channel || zones.master(of: channel) == heard
  }

  private mutating func start(_ event: NoteEvent, at now: Int) {
    guard event.key >= setting(.low), event.key <= setting(.high), count > 0 else { return }
    let pitch = event.isNamed ? VoiceAllocator.equalPitch(of: event.key) : pitch(of: event.key)
    guard pitch.isFinite else { return }
    lastNumber = lastNumber == .max ? 1 : lastNumber + 1
    let note = HeldNote(
      id: event.id, number: lastNumber, channel: event.channel, key: event.key, pitch: pitch, velocity: event.value,
      isNamed: event.isNamed)
    if mode == .poly { play(note, at: now) } else { playAlone(note, at: now) }
  }

  private mutating func letGo(_ event: NoteEvent, at now: Int) {
    for i in 0..<reach {
      let voice = voice(i)
      guard voice.pointee.stage == .held, !voice.pointee.isSolo, event.means(voice.pointee.note) else { continue }
      voice.pointee.note.isDown = false
      if !isHeld(voice.pointee.note) { release(i, at: now) }
    }
    var isChanged = false
    for i in 0..<heldCount where event.means(held[i]) {
      held[i].isDown = false
      isChanged = true
    }
    if isChanged { keepHeld(at: now) }
  }

  // MARK: Time

  /// Starts and ends what is due.
  mutating func catchUp(to now: Int) {
    guard nextFrame <= now else { return }
    for i in 0..<reach {
      if voice(i).pointee.lastFrame <= now { fadeAway(i, at: now) }
      if voice(i).pointee.fadedFrame <= now { makeIdle(i) }
      if voice(i).pointee.startFrame <= now { begin(i, at: now) }
      if voice(i).pointee.startFrame == Int.max, voice(i).pointee.endFrame <= now { end(i, at: now) }
    }
    wake()
  }

  /// Looks for the next frame at which something is due.
  mutating func wake() {
    nextFrame = Int.max
    guard sounding > 0 else { return }
    for i in 0..<reach {
      let voice = voice(i)
      nextFrame = min(nextFrame, min(voice.pointee.startFrame, voice.pointee.endFrame))
      nextFrame = min(nextFrame, min(voice.pointee.fadedFrame, voice.pointee.lastFrame))
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
