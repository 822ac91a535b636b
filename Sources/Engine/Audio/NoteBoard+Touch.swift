// [audio] What is done to notes while they sound: bend, pressure, timbre, of one or of a whole channel.
import ModuleKit

extension VoiceAllocator {
  /// The zones in force: announced ones, or as the node is set.
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
    // A zone, or a range, may concern more channels than the one that says so.
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

  mutating func changeVelocity(_ event: NoteEvent) {
    for i in 0..<reach where voice(i).pointee.stage != .idle && event.means(voice(i).pointee.note) {
      voice(i).pointee.note.velocity = event.value
      guard voice(i).pointee.startFrame == Int.max else { continue }
      group(i).pointee.velocity.move(lane: lane(i), to: event.value, frames: smoothFrames)
    }
  }

  /// The voices of the notes that an event means, with the notes' numbers, and whether they began before this frame.
  func eachVoice(of event: NoteEvent, at now: Int, _ body: (_ voice: Int, _ note: UInt32, _ hasBegun: Bool) -> Void) {
    for i in 0..<reach where voice(i).pointee.stage != .idle && event.means(voice(i).pointee.note) {
      let hasBegun = voice(i).pointee.startFrame == Int.max && voice(i).pointee.openedFrame < now
      body(i, voice(i).pointee.note.number, hasBegun)
    }
  }

  /// Sends bend, pressure and timbre of a voice to where its note and its channel have them.
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
      // What a whole channel does, replaces what was done to its notes one by one.
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
  /// Sets off for a value where it is not on its way there already.
  fileprivate mutating func lead(_ lane: Int, to value: Float, frames: Int) {
    if frames == 0 || target[lane] != value { move(lane: lane, to: value, frames: frames) }
  }
}
