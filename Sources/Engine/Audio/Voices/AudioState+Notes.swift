// [audio] Notes and MIDI messages: note events, panic, controllers, parameters and the clock.
import DSP
import ModuleKit

// MARK: MIDI

extension AudioState {
  /// Receives MIDI bytes (one message or several, with running status, or the rest of one) for the frame
  /// `offset` of the period that is rendered next. Called before `render`, on its thread, in the order of time.
  func receive(midi bytes: Row<UInt8>, after offset: Int) {
    midi.receive(bytes, at: now + max(offset, 0))
  }

  /// The sender is gone: releases all keys and resets pedals and wheels. Called before `render`, on its thread,
  /// or while nothing renders.
  func endMidi() {
    for channel: UInt8 in 1...16 { resetControllers(channel, endingNotes: true) }
  }

  /// Applies a whole message of a MIDI file at the present frame.
  func apply(midi bytes: InlineArray<3, UInt8>, count: Int) {
    var parser = MidiParser()
    midi.source = NoteEvent.midiFile
    for i in 0..<count { if let message = parser.receive(bytes[i]) { apply(message) } }
    midi.source = NoteEvent.midiInput
  }

  /// Applies the messages that are due.
  func applyDueMidi() {
    while midi.first <= now { apply(midi.pop()) }
    if midi.isSensing && now - midi.lastArrival > Int(sampleRate * MidiInput.sensingTime) {
      midi.isSensing = false
      endMidi()
    }
    if midi.hasOverflowed && midi.settleOverflow() {
      countDrop()
      broadcast(NoteEvent(.allOff))
    }
  }

  private func apply(_ message: MidiMessage) {
    let channel = message.channel, key = Float(message.first), amount = Float(message.second) / 127
    switch message.status & 0xf0 {
    case 0x80: broadcast(NoteEvent(.off, key: key, value: amount, channel: channel))
    case 0x90: broadcast(NoteEvent(message.second == 0 ? .off : .on, key: key, value: amount, channel: channel))
    case 0xa0: broadcast(NoteEvent(.pressure, key: key, value: amount, channel: channel))
    case 0xb0: control(message.first, message.second, channel)
    case 0xc0:
      let bank = midi.selections[Int(channel)].bank
      midi.report(MidiReport(kind: .program, channel: Int(channel), number: Int(message.first), value: bank))
    case 0xd0: broadcast(NoteEvent(.pressure, value: key / 127, channel: channel))
    case 0xe0:
      let bend = Float(Int(message.first) + Int(message.second) << 7 - 8_192)
      broadcast(NoteEvent(.wheel, value: bend / (bend < 0 ? 8_192 : 8_191), channel: channel))
    default: applySystem(message)
    }
  }

  private func applySystem(_ message: MidiMessage) {
    switch message.status {
    case MidiParser.keyTuning:
      let semitones = Float(message.second) + Float(message.part) / 16_384
      receive(NoteEvent(.keyTuning, key: Float(message.first), value: semitones), for: Event.everyNode)
    case 0xf2: midi.clock.reference().pointee.locate(tick: 6 * (Int(message.first) + Int(message.second) << 7))
    case 0xf8: midi.clock.reference().pointee.advance(at: now)
    case 0xfa: midi.clock.reference().pointee.start()
    case 0xfb: midi.clock.reference().pointee.resume()
    case 0xfc: midi.clock.reference().pointee.stop(at: now)
    case 0xff: endMidi()
    default: break
    }
  }

  /// Sends an event to every note node; stores channel messages for nodes that are added later.
  private func broadcast(_ event: NoteEvent) {
    var event = event
    if event.key >= 0 { event.source = midi.source }
    if event.key < 0 { midi.channels.receive(event, zones: midi.channels.announced) }
    receive(event, for: Event.everyNode)
  }

  // MARK: Controllers

  private func control(_ number: UInt8, _ value: UInt8, _ channel: UInt8) {
    let amount = Float(value) / 127
    switch number {
    case 120: return broadcast(NoteEvent(.panic, channel: channel))
    case 121: return resetControllers(channel, endingNotes: false)
    // The modes 124 to 127 end all notes, too; the number of voices belongs to the patch. Held pedals keep the notes
    // (MIDI 1.0 detailed specification 4.2, table III).
    case 123...127: return broadcast(NoteEvent(.keysUp, channel: channel))
    case 122: return
    default: break
    }
    midi.set(number, value, channel)
    setMappedParameters(number, channel)
    if crossings.isLearning.load(ordering: .relaxed) {
      midi.report(MidiReport(kind: .controller, channel: Int(channel), number: Int(number), value: Int(value)))
    }
    switch number {
    case 64: broadcast(NoteEvent(.sustain, value: amount, channel: channel))
    case 66: broadcast(NoteEvent(.sostenuto, value: amount, channel: channel))
    case 74: broadcast(NoteEvent(.timbre, value: AudioState.centred(value), channel: channel))
    default: select(number, value, channel)
    }
  }

  private func setMappedParameters(_ number: UInt8, _ channel: UInt8) {
    guard let plan = active else { return }
    for control in plan.pointee.controls where control.receives(number, channel) {
      let place = midi.signals.controller(
        Int(control.controller), channel: Int(channel), isFine: control.isFine)
      control.apply(to: place, in: plan)
    }
  }

  /// 64 is the middle.
  private static func centred(_ value: UInt8) -> Float {
    value <= 64 ? Float(value) / 128 : 0.5 + Float(value - 64) / 126
  }

  /// Bank select, and registered parameters: selection and data entry.
  private func select(_ number: UInt8, _ value: UInt8, _ channel: UInt8) {
    let selection = midi.selections.row().reference(to: Int(channel))
    switch number {
    case 0: selection.pointee.bankUpper = value
    case 32: selection.pointee.bankLower = value
    case 6:
      (selection.pointee.upper, selection.pointee.lower) = (value, 0)
      enterData(channel)
    case 38:
      selection.pointee.lower = value
      enterData(channel)
    case 96: step(1, channel)
    case 97: step(-1, channel)
    case 98, 99: selection.pointee.parameter = MidiSelection.none
    case 100: selection.pointee.parameter = selection.pointee.parameter & 0x3f80 | UInt16(value)
    case 101: selection.pointee.parameter = selection.pointee.parameter & 0x7f | UInt16(value) << 7
    default: break
    }
  }

  private func step(_ step: Int, _ channel: UInt8) {
    let selection = midi.selections.row().reference(to: Int(channel))
    guard selection.pointee.parameter == 0 else { return }
    selection.pointee.upper = UInt8(min(max(Int(selection.pointee.upper) + step, 0), 96))
    enterData(channel)
  }

  private func enterData(_ channel: UInt8) {
    let selection = midi.selections[Int(channel)]
    switch selection.parameter {
    case 1:
      let value = Int(selection.upper) << 7 + Int(selection.lower)
      broadcast(NoteEvent(.fineTuning, value: Float(value - 8_192) / 8_192, channel: channel))
    case 2: broadcast(NoteEvent(.coarseTuning, value: Float(selection.upper) - 64, channel: channel))
    case 0:
      let semitones = Float(selection.upper) + Float(selection.lower) / 100
      broadcast(NoteEvent(.bendRange, value: min(semitones, 96), channel: channel))
    case 6:
      if channel == 1 || channel == 16 { broadcast(NoteEvent(.zone, value: Float(selection.upper), channel: channel)) }
    default: break
    }
  }

  /// Resets what MIDI's recommended practice 15 lists: volume, pan, banks and sound controllers stay.
  private func resetControllers(_ channel: UInt8, endingNotes: Bool) {
    if endingNotes { broadcast(NoteEvent(.allOff, channel: channel)) }
    broadcast(NoteEvent(.reset, channel: channel))
    broadcast(NoteEvent(.sustain, channel: channel))
    midi.set(1, 0, channel)
    midi.set(11, 127, channel)
    for pedal in 64...67 as ClosedRange<UInt8> { midi.set(pedal, 0, channel) }
    midi.selections.row()[Int(channel)].parameter = MidiSelection.none
  }
}

// MARK: Notes

extension AudioState {
  /// Applies a note event at the present frame.
  func receive(_ note: NoteEvent, for node: Int) {
    let isTuning = note.kind == .keyTuning
    if isTuning { midi.channels.receive(note, zones: midi.channels.announced) }
    guard let active else {
      if !isTuning && (note.channel == 0 || note.kind == .on) { countDrop() }
      return
    }
    // Channel messages are valid without a listening node; notes are not.
    var isReceived = isTuning || note.channel != 0 && note.kind != .on, reachesAlone = note.channel == 0
    for entry in active.pointee.allocators where !entry.isLeaving && (node == Event.everyNode || node == entry.node) {
      entry.allocator.pointee.apply(note, at: now)
      reachesAlone = reachesAlone || entry.allocator.pointee.receives(note.channel)
      isReceived = true
    }
    // A single voice has no weight to fade, so the panic closes the whole output; a panic of all channels also ends
    // echoes. A panic of one channel does so too, unless notes of other channels sound.
    if note.kind == .panic && reachesAlone && !isSounding(beside: note.channel)
      && (node == Event.everyNode || active.pointee.voices == 1)
    {
      panicFade.move(to: 0, frames: panicFadeFrames)
      panicEnd = min(panicEnd, now + panicFadeFrames)
      isReceived = true
    }
    if !isReceived { crossings.droppedEvents.add(1, ordering: .relaxed) }
  }

  /// Returns whether a note of another channel sounds; false for channel 0.
  private func isSounding(beside channel: UInt8) -> Bool {
    guard channel != 0, let active else { return false }
    for entry in active.pointee.allocators where entry.allocator.pointee.isSounding(beside: channel) { return true }
    return false
  }

  private var panicFadeFrames: Int { max(1, Int(sampleRate * 0.002_5)) }

  /// Resets every node, feedback delay and voice, while the output is closed.
  func clearAfterPanic() {
    panicEnd = Int.max
    panicFade.move(to: 1, frames: panicFadeFrames)
    guard let active else { return }
    for site in active.pointee.sites { site.reset() }
    active.pointee.clearLoops()
    for entry in active.pointee.allocators { entry.allocator.pointee.clear() }
  }

  /// Sets a parameter for sounding notes alone.
  func setForNotes(_ event: Event) {
    guard let active, active.pointee.has(event.instance, of: event.node), let buffer = event.buffer
    else { return countDrop() }
    let groups = buffer.row(of: Reference<NoteParameterGroup>?.self, count: Engine.groupLimit)
    for entry in active.pointee.allocators where event.player == Event.everyNode || event.player == entry.node {
      entry.allocator.pointee.eachVoice(of: event.note, at: now) { voice, note, hasBegun in
        groups[voice / Voices.count]?.pointee.set(
          lane: voice % Voices.count, to: event.value, for: note, isEarly: !hasBegun, frames: event.frames)
      }
    }
  }
}
