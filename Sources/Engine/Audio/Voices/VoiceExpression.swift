// [audio] Expression of sounding notes: tuning, bend, pressure, timbre, of one note or a channel.
import DSP
import ModuleKit

extension VoiceAllocator {
  /// The zones in force: announced ones, or the node's setting.
  var zones: MidiZones {
    let announced = channels.announced
    switch MpeMode(rawValue: Int(setting(.mpe))) ?? .off {
    case .off: return MidiZones()
    case .auto: return announced
    case .lower: return announced == MidiZones() ? MidiZones(lower: 15) : announced
    case .upper: return announced == MidiZones() ? MidiZones(upper: 15) : announced
    }
  }

  mutating func applyExpression(_ event: NoteEvent) {
    // A zone, or a range, may apply to more channels than its sender's.
    let isForAll = event.kind == .zone || event.kind == .bendRange
    let isOfChannel = isForAll || event.id == 0 && event.key < 0
    if isOfChannel { channels.receive(event, zones: zones) }
    let zones = zones
    func isMeant(_ note: HeldNote) -> Bool {
      isOfChannel ? isForAll || zones.concern(event.channel, note.channel) : event.means(note)
    }
    for i in 0..<heldCount where isMeant(held[i]) { held[i].expression.receive(event, isOfChannel: isOfChannel) }
    for i in 0..<reach where voice(i).pointee.stage != .idle && isMeant(voice(i).pointee.note) {
      voice(i).pointee.note.expression.receive(event, isOfChannel: isOfChannel)
      shape(i, frames: smoothFrames)
    }
  }

  mutating func retune(_ event: NoteEvent) {
    let pitch = VoiceAllocator.equalPitch(of: event.key)
    for i in 0..<reach where voice(i).pointee.stage != .idle && event.means(voice(i).pointee.note) {
      voice(i).pointee.note.key = event.key
      voice(i).pointee.note.pitch = pitch
      guard voice(i).pointee.startFrame == Int.max else { continue }
      group(i).pointee.pitch.move(lane: lane(i), to: pitch, frames: smoothFrames)
    }
    for i in 0..<heldCount where event.means(held[i]) { (held[i].key, held[i].pitch) = (event.key, pitch) }
  }

  /// Tunes a key, and its notes that sound.
  mutating func tuneKey(_ event: NoteEvent) {
    channels.receive(event, zones: zones)
    let pitch = pitch(of: event.key)
    for i in 0..<reach where voice(i).pointee.stage != .idle && voice(i).pointee.note.isTuned(as: event.key) {
      voice(i).pointee.note.pitch = pitch
      guard voice(i).pointee.startFrame == Int.max else { continue }
      group(i).pointee.pitch.move(lane: lane(i), to: pitch, frames: smoothFrames)
    }
    for i in 0..<heldCount where held[i].isTuned(as: event.key) { held[i].pitch = pitch }
  }

  mutating func changeVelocity(_ event: NoteEvent) {
    for i in 0..<reach where voice(i).pointee.stage != .idle && event.means(voice(i).pointee.note) {
      voice(i).pointee.note.velocity = event.value
      guard voice(i).pointee.startFrame == Int.max else { continue }
      group(i).pointee.velocity.move(lane: lane(i), to: event.value, frames: smoothFrames)
    }
  }

  /// Calls `body` for each voice that an event applies to, with its note's number and whether it began before this
  /// frame.
  func eachVoice(of event: NoteEvent, at now: Int, _ body: (_ voice: Int, _ note: UInt32, _ hasBegun: Bool) -> Void) {
    for i in 0..<reach where voice(i).pointee.stage != .idle && event.means(voice(i).pointee.note) {
      let hasBegun = voice(i).pointee.startFrame == Int.max && voice(i).pointee.openedFrame < now
      body(i, voice(i).pointee.note.number, hasBegun)
    }
  }

  /// Moves bend, pressure and timbre of a voice to the values of its note and channel.
  func shape(_ index: Int, frames: Int) {
    let group = group(index), lane = lane(index), voice = voice(index).pointee
    let zones = zones, channel = voice.note.channel
    let expression = voice.note.expression
    let bend = (expression.bend + channels.bend(channel, in: zones, range: setting(.bend))) / 12
    let pressure = max(expression.pressure, channels.pressure(channel, in: zones))
    let timbre = channels.timbre(channel, in: zones, own: expression.timbre)
    group.pointee.bend.lead(lane, to: bend, frames: frames)
    group.pointee.pressure.lead(lane, to: pressure, frames: frames)
    group.pointee.timbre.lead(lane, to: timbre, frames: frames)
  }
}

extension NoteExpression {
  fileprivate mutating func receive(_ event: NoteEvent, isOfChannel: Bool) {
    if isOfChannel {
      // A channel message replaces the expression of single notes.
      switch event.kind {
      case .reset: self = NoteExpression()
      case .bend: bend = 0
      default: break
      }
      return
    }
    switch event.kind {
    case .bend: bend = event.value
    case .pressure: pressure = event.value
    case .timbre: timbre = event.value
    default: break
    }
  }
}

extension Slide {
  /// Moves towards a value unless already on the way there.
  fileprivate mutating func lead(_ lane: Int, to value: Float, frames: Int) {
    if frames == 0 || target[lane] != value { move(lane: lane, to: value, frames: frames) }
  }
}

extension VoiceAllocator {
  /// Octaves from A4 = key 69 = 440 Hz.
  static func equalPitch(of key: Float) -> Float { (key - 69) / 12 }

  /// Octaves from A4; linear between two keys. Not a number for a silent key. MIDI's tuning of a key precedes the patch's.
  func pitch(of key: Float) -> Float {
    let concert = setting(.concert)
    let offset = concert > 0 && concert != 440 ? Float.log2(concert / 440) : 0
    let tuned = channels.tuning(of: key)
    if tuned.isFinite { return VoiceAllocator.equalPitch(of: tuned) + offset }
    guard !tuning.isEmpty else { return VoiceAllocator.equalPitch(of: key) + offset }
    let lower = min(max(Int(key), 0), tuning.count - 1), upper = min(lower + 1, tuning.count - 1)
    let part = key - Float(lower)
    if part == 0 || lower == upper { return tuning[lower] + part / 12 + offset }
    // Beside a silent key a semitone is 1/12 octave.
    let step = tuning[upper].isFinite ? tuning[upper] - tuning[lower] : 1 / 12
    return tuning[lower] + part * step + offset
  }
}

extension VoiceAllocator {
  /// Plays a note in the monophonic modes last, low, high and legato.
  mutating func playAlone(_ note: HeldNote, at now: Int) {
    for i in 0..<heldCount where held[i].isAgain(note) {
      removeHeld(i)
      break
    }
    if heldCount == VoiceAllocator.heldLimit { removeHeld(0) }
    held[heldCount] = note
    heldCount += 1
    // Voices of chords that sounded when the mode changed are not affected.
    guard chosen == heldCount - 1 else { return }
    let voice = voice(0)
    let isTied = mode == .legato && voice.pointee.isSolo && voice.pointee.stage == .held && heldCount > 1
    if isTied { moveSolo(to: note) } else { strike(0, note, isSolo: true, at: now) }
  }

  /// Index of the held note that sounds.
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

  /// Keeps only the keys that are down or held by a pedal; then plays the chosen one, or none.
  mutating func keepHeld(at now: Int) {
    let allocator = self
    keepHeld(at: now) { allocator.isHeld($0) }
  }

  /// Keeps only matching keys; then plays the chosen one, or none.
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
    if held[chosen].number != voice(0).pointee.note.number {
      moveSolo(to: held[chosen])
    }
  }

  /// Moves the sounding voice to another note without a new attack.
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
