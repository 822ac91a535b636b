// [audio] Expression of MIDI channels, and MPE zones.
import ModuleKit

/// Expression that one channel applies to all its notes.
struct ChannelExpression: BitwiseCopyable {
  /// Position of the pitch wheel, -1 … 1.
  var wheel: Float = 0
  /// Semitones of the wheel's full range; not a number: not set.
  var bendRange: Float = .nan
  /// Semitones added to the wheel's.
  var bend: Float = 0
  /// Semitones, by the registered parameters 1 and 2.
  var fineTuning: Float = 0, coarseTuning: Float = 0
  var pressure: Float = 0
  var timbre: Float = 0.5
  var isSustained = false
}

/// The zones of MIDI Polyphonic Expression: the number of member channels next to the master channels 1 and 16.
struct MidiZones: BitwiseCopyable, Equatable {
  var lower: UInt8 = 0
  var upper: UInt8 = 0

  /// Sets the zone of master channel 1 or 16; the other zone shrinks where both would share channels.
  mutating func announce(_ master: UInt8, members: UInt8) {
    let members = min(members, 15)
    let rest = members == 0 ? 15 : UInt8(max(0, 14 - Int(members)))
    if master == 1 { (lower, upper) = (members, min(upper, rest)) }
    if master == 16 { (lower, upper) = (min(lower, rest), members) }
  }

  /// The master channel of a zone's member; 0: none.
  func master(of channel: UInt8) -> UInt8 {
    if channel >= 2 && channel <= 1 + lower { return 1 }
    return channel <= 15 && channel >= 16 - upper && channel > 0 ? 16 : 0
  }

  /// Returns whether a message of a channel (0: all) applies to the notes of another.
  func concern(_ channel: UInt8, _ note: UInt8) -> Bool {
    channel == 0 || channel == note || master(of: note) == channel
  }
}

/// The channel state of one receiver: a row of memory, which its owner frees. Row 0 applies to every channel.
struct MidiChannels {
  private let expressions: Row<ChannelExpression>
  /// Semitones of each key, by the MIDI tuning standard; not a number: not set.
  private let keys: Row<Float>
  private static let keyCount = 128
  /// The announced zones.
  var announced = MidiZones()

  /// [control]
  init() {
    expressions = Row.room(for: MidiSignals.channelCount).initialize { _ in ChannelExpression() }
    keys = Row.room(for: MidiChannels.keyCount).initialize { _ in .nan }
  }
  /// [control]
  func free() {
    expressions.free()
    keys.free()
  }

  subscript(channel: UInt8) -> ChannelExpression { expressions[min(Int(channel), MidiSignals.channelCount - 1)] }

  /// Copies the state of another one.
  mutating func learn(from other: MidiChannels) {
    announced = other.announced
    expressions.copy(other.expressions, count: MidiSignals.channelCount)
    keys.copy(other.keys, count: MidiChannels.keyCount)
  }

  /// Stores a message that applies to all notes of a channel.
  mutating func receive(_ event: NoteEvent, zones: MidiZones) {
    let row = expressions.reference(to: min(Int(event.channel), MidiSignals.channelCount - 1))
    switch event.kind {
    case .bend: row.pointee.bend = event.value
    case .wheel: row.pointee.wheel = event.value
    case .pressure: row.pointee.pressure = event.value
    case .timbre: row.pointee.timbre = event.value
    case .fineTuning: row.pointee.fineTuning = event.value
    case .coarseTuning: row.pointee.coarseTuning = event.value
    case .bendRange: setRange(event.value, event.channel, zones)
    case .reset: (row.pointee.bend, row.pointee.wheel, row.pointee.pressure) = (0, 0, 0)
    case .zone: announce(event.channel, members: UInt8(min(max(event.value, 0), 15)))
    case .sustain: sustain(event.value > 0.5, event.channel)
    case .keyTuning: tune(event.key, to: event.value)
    case .on, .off, .retune, .velocity, .sostenuto, .keysUp, .allOff, .panic: break
    }
  }

  /// Semitones of a whole key by the MIDI tuning standard; not a number: not set.
  func tuning(of key: Float) -> Float {
    let index = Int(key)
    return index >= 0 && index < MidiChannels.keyCount && Float(index) == key ? keys[index] : .nan
  }

  private func tune(_ key: Float, to semitones: Float) {
    let index = Int(key)
    if index >= 0 && index < MidiChannels.keyCount { keys[index] = semitones }
  }

  /// A range set by one member of a zone applies to all of them.
  private func setRange(_ semitones: Float, _ channel: UInt8, _ zones: MidiZones) {
    let master = zones.master(of: channel)
    for other in 0..<UInt8(MidiSignals.channelCount)
    where channel == 0 || other == channel || master != 0 && zones.master(of: other) == master {
      expressions[Int(other)].bendRange = semitones
    }
  }

  private mutating func announce(_ master: UInt8, members: UInt8) {
    guard master == 1 || master == 16 else { return }
    let before = announced
    announced.announce(master, members: members)
    for channel in 1..<UInt8(MidiSignals.channelCount)
    where channel == master || announced.master(of: channel) == master || before.master(of: channel) == master {
      expressions[Int(channel)] = ChannelExpression()
    }
  }

  /// Sets the pedal of a channel; 0: of all.
  func sustain(_ isDown: Bool, _ channel: UInt8) {
    for other in 0..<MidiSignals.channelCount where channel == 0 || other == Int(channel) {
      expressions[other].isSustained = isDown
    }
  }

  func isSustained(_ channel: UInt8, in zones: MidiZones) -> Bool {
    let master = zones.master(of: channel)
    return self[channel].isSustained || master != 0 && self[master].isSustained
  }

  // MARK: Per note

  /// Semitones of bend of a note: its channel's, the master channel's, and that of all channels.
  func bend(_ channel: UInt8, in zones: MidiZones, range: Float) -> Float {
    let master = zones.master(of: channel)
    let own = bend(of: channel, range: master == 0 ? range : MidiChannels.noteRange)
    return own + (channel == 0 ? 0 : bend(of: 0, range: range)) + (master == 0 ? 0 : bend(of: master, range: range))
  }

  /// Default bend range of a zone's members, semitones.
  private static let noteRange: Float = 48

  private func bend(of channel: UInt8, range: Float) -> Float {
    let expression = self[channel]
    let tuning = expression.fineTuning + expression.coarseTuning
    return tuning + expression.bend + expression.wheel * (expression.bendRange.isNaN ? range : expression.bendRange)
  }

  func pressure(_ channel: UInt8, in zones: MidiZones) -> Float {
    let master = zones.master(of: channel), own = max(self[channel].pressure, self[0].pressure)
    return master == 0 ? own : max(own, self[master].pressure)
  }

  /// - Parameter own: the note's own value; not a number: none.
  func timbre(_ channel: UInt8, in zones: MidiZones, own: Float) -> Float {
    let master = zones.master(of: channel)
    var timbre = own.isNaN ? self[channel].timbre : own
    if channel != 0 { timbre += self[0].timbre - 0.5 }
    if master != 0 { timbre += self[master].timbre - 0.5 }
    return min(max(timbre, 0), 1)
  }
}
