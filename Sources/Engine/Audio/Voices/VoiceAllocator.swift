// [audio] The voices of one note node: allocation, stealing, voice counts.
import DSP
import ModuleKit

/// The voices of one node. Its memory is allocated by the control side (`VoiceMemory`); then it belongs to the audio
/// thread.
struct VoiceAllocator {
  /// Notes for the kernels, and allocator state of each voice: by group.
  let groups: Row<Reference<NoteGroup>?>
  let voices: Row<Reference<EightVoices>?>
  /// Keys down in monophonic modes, in the order of their note-ons.
  let held: Row<HeldNote>
  var heldCount = 0
  static let heldLimit = 128
  /// Channel messages so far.
  var channels: MidiChannels

  /// The parameters of the sounding node.
  var parameters: Row<Parameter>?
  /// Voices available to new notes.
  var count = 0
  /// The voices are rendered in lanes: weighted and measured where they are summed. A single voice is not.
  var isSummed = false
  /// Voices that may sound: those beyond `count` only finish their notes.
  var reach = 0
  var isBeyond: Bool { reach > count }
  var sampleRate: Float
  /// The earliest frame at which a planned start or end is due.
  var nextFrame = Int.max
  /// Voices that are not idle.
  var sounding = 0
  var lastOrder = 0
  /// Number of the last note-on.
  var lastNumber: UInt32 = 0
  /// Start pitch of the next glide; not a number before the first note.
  var lastPitch = Float.nan
  /// Groups allowed to play at a time; fewer than all during an overload.
  var allowedGroups = Int.max
  /// No voice of any group plays or sounds.
  var isIdle = true
  /// Groups that were ever in use.
  var groupCount = 0
  /// Octaves from A4 of each key, not a number for a silent key; empty: equal temperament. From the active plan.
  var tuning = Row<Float>.empty
  /// Silence after which a released voice is idle.
  var tailFrames = Int.max

  /// Fade-out of a stolen voice.
  var fadeFrames: Int { max(1, Int(sampleRate * 0.002_5)) }
  /// Fade-in of the note that replaces it.
  var fadeInFrames: Int { max(1, Int(sampleRate * 0.002)) }
  /// Smoothing time of values that would click as a step.
  var smoothFrames: Int { max(1, Int(sampleRate * 0.002)) }

  func setting(_ input: NoteInput) -> Float {
    parameters.map { $0[input.rawValue].target } ?? 0
  }
  var mode: NoteMode { NoteMode(rawValue: Int(setting(.mode))) ?? .poly }
  @inline(__always) func voice(_ index: Int) -> Reference<NoteVoice> {
    voices[index / Voices.count]!.element(index % Voices.count)
  }
  @inline(__always) func group(_ index: Int) -> Reference<NoteGroup> { groups[index / Voices.count]! }
  @inline(__always) func lane(_ index: Int) -> Int { index % Voices.count }

  // MARK: Events

  mutating func apply(_ event: NoteEvent, at now: Int) {
    guard parameters != nil else { return }
    switch event.kind {
    // New notes only: note-offs are always handled, whatever the node listens to by then.
    case .on: if receives(event.channel) { start(event, at: now) }
    case .off: letGo(event, at: now)
    case .bend, .wheel, .bendRange, .fineTuning, .coarseTuning, .pressure, .timbre: applyExpression(event)
    case .zone:
      applyExpression(event)
      letPedalGo(at: now)
    case .reset:
      applyExpression(event)
      sustain(false, channel: event.channel, at: now)
      sostenuto(false, channel: event.channel, at: now)
    case .retune: retune(event)
    case .keyTuning: tuneKey(event)
    case .velocity: changeVelocity(event)
    case .keysUp: releaseKeys(channel: event.channel, at: now)
    case .allOff: releaseAll(channel: event.channel, at: now)
    case .panic: silence(channel: event.channel, at: now)
    case .sustain: sustain(event.value > 0.5, channel: event.channel, at: now)
    case .sostenuto: sostenuto(event.value > 0.5, channel: event.channel, at: now)
    }
    wake()
  }

  /// Returns whether the node listens to a channel or its master channel.
  func receives(_ channel: UInt8) -> Bool {
    let heard = UInt8(setting(.channel))
    return channel == 0 || heard == 0 || heard == channel || zones.master(of: channel) == heard
  }

  private mutating func start(_ event: NoteEvent, at now: Int) {
    guard event.key >= setting(.low), event.key <= setting(.high), count > 0 else { return }
    let pitch = event.isNamed ? VoiceAllocator.equalPitch(of: event.key) : pitch(of: event.key)
    guard pitch.isFinite else { return }
    lastNumber = lastNumber == .max ? 1 : lastNumber + 1
    var note = HeldNote(
      id: event.id, number: lastNumber, channel: event.channel, source: event.source, key: event.key, pitch: pitch,
      velocity: event.value,
      isNamed: event.isNamed)
    note.overlaps = isAnyKeyDown
    if mode == .poly { play(note, at: now) } else { playAlone(note, at: now) }
  }

  private var isAnyKeyDown: Bool {
    for i in 0..<heldCount where held[i].isDown { return true }
    for i in 0..<reach where voice(i).pointee.stage == .held && voice(i).pointee.note.isDown { return true }
    return false
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

  /// Starts and ends the notes that are due.
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

  /// Finds the next frame with a planned start or end.
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
    // A note with an id is not released by its key.
    if id == 0 && key >= 0 && note.isNamed { return false }
    return means(id: note.id, key: note.key, channel: note.channel, source: note.source)
  }
}

/// A key that is down, or held by a pedal.
struct HeldNote: BitwiseCopyable {
  var id: Int32 = 0
  /// Unique among the notes of its node; from 1.
  var number: UInt32 = 0
  var channel: UInt8 = 0
  var source = NoteEvent.anySource
  var key: Float = 0
  /// Octaves from A4, in the tuning at note-on.
  var pitch: Float = 0
  var velocity: Float = 0
  /// See `NoteEvent.isNamed`.
  var isNamed = false
  /// The key of another note was down when it began.
  var overlaps = false
  /// The key itself is down.
  var isDown = true
  /// It was down when the sostenuto pedal went down.
  var isCaught = false
  var expression = NoteExpression()

  /// Returns whether the tuning of a key applies to it.
  func isTuned(as key: Float) -> Bool { !isNamed && self.key == key }

  /// Returns whether the other is a repeat of the same note: by id, or by source, channel and key.
  func isAgain(_ other: HeldNote) -> Bool {
    if isNamed != other.isNamed { return false }
    return isNamed ? id == other.id : key == other.key && channel == other.channel && source == other.source
  }
}

/// Expression of one note, added to that of its channel.
struct NoteExpression: BitwiseCopyable {
  /// Semitones.
  var bend: Float = 0
  var pressure: Float = 0
  /// Not a number: the channel's value.
  var timbre: Float = .nan
}

/// Voice-allocator state of the voices of one group.
typealias EightVoices = InlineArray<8, NoteVoice>

/// Voice-allocator state of one voice.
struct NoteVoice: BitwiseCopyable {
  enum Stage: UInt8 {
    case idle
    /// The note is held, or about to start.
    case held
    /// The note has been released and may still sound.
    case released
  }
  var stage = Stage.idle
  /// Plays the note chosen by a monophonic mode.
  var isSolo = false
  /// The voice was idle before the note began.
  var isFresh = false
  var note = HeldNote()
  /// Grows with each start and release: age order.
  var order = 0
  /// The frame of the planned note-on; `Int.max`: already started.
  var startFrame = Int.max
  /// The frame of the planned note-off; `Int.max`: none.
  var endFrame = Int.max
  /// The frame at which a fade ends and the voice is idle; `Int.max`: no fade.
  var fadedFrame = Int.max
  /// The frame at which the voice is faded in any case; `Int.max`: never.
  var lastFrame = Int.max
  /// The frames of the last gate opening and closing.
  var openedFrame = Int.min
  var closedFrame = Int.min
  /// Recent peak level.
  var level: Float = 0
  /// Frames of silence since the gate closed.
  var silentFrames = 0
}
