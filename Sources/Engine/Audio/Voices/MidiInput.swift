// [audio] MIDI input: queued messages and the state of channels.
import ModuleKit
import Synchronization

/// MIDI input of one engine. Audio thread only, unless marked.
final class MidiInput: @unchecked Sendable {
  /// Controllers and clock as kernels read them.
  let signals: MidiSignals
  /// Reports to the control side.
  private let reports: RingBuffer<MidiReport>
  /// Channel state so far, for note nodes that are added later.
  var channels = MidiChannels()
  let selections: OwnedRow<MidiSelection>
  /// The source of the notes whose message is being applied.
  var source = NoteEvent.midiInput

  private let controllers: OwnedRow<UInt8>
  let clock = OwnedReference(MidiClock())
  /// The clock of the session, set by events.
  let session = OwnedReference(SessionClock())
  /// The clock of a MIDI file that plays, set by events.
  let file = OwnedReference(SessionClock.standing)
  private var parser = MidiParser()
  private let queue: OwnedRow<(frame: Int, message: MidiMessage)>
  /// Messages enqueued and dequeued since the start.
  private var queued = 0, taken = 0
  static let capacity = 8_192
  /// A message was lost: perhaps the end of a note.
  private(set) var hasOverflowed = false

  init(_ crossings: Crossings) {
    reports = crossings.midiReports
    controllers = OwnedRow(count: MidiSignals.channelCount * MidiSignals.controllerCount) {
      MidiSignals.standardValue(of: $0 % MidiSignals.controllerCount)
    }
    selections = OwnedRow(repeating: MidiSelection(), count: MidiSignals.channelCount)
    queue = OwnedRow(.room(for: MidiInput.capacity))
    signals = MidiSignals(
      controllers.row(), clock: clock.reference(), session: session.reference(), file: file.reference())
  }

  deinit { channels.free() }

  // MARK: Messages and their frames

  /// The frame of the first queued message.
  var first: Int { taken == queued ? Int.max : queue[taken % MidiInput.capacity].frame }

  func pop() -> MidiMessage {
    let message = queue[taken % MidiInput.capacity].message
    taken += 1
    return message
  }

  /// True if the sender uses active sensing: it is never silent for longer than `sensingTime`.
  var isSensing = false
  /// The frame of the last byte.
  private(set) var lastArrival = 0
  /// Seconds of silence after which a sender with active sensing is gone (MIDI 1.0: 300 ms, and 10 % for its clock).
  static let sensingTime = 0.33
  private static let activeSensing: UInt8 = 0xfe

  /// Enqueues bytes that arrived at a frame; messages keep their order.
  func receive(_ bytes: Row<UInt8>, at frame: Int) {
    parser.beginPacket()
    if !bytes.isEmpty { lastArrival = frame }
    for i in 0..<bytes.count {
      guard let message = parser.receive(bytes[i]) else { continue }
      if message.status == MidiInput.activeSensing {
        isSensing = true
        continue
      }
      guard queued - taken < MidiInput.capacity else {
        hasOverflowed = true
        continue
      }
      let last = queued == taken ? Int.min : queue[(queued - 1) % MidiInput.capacity].frame
      queue.row()[queued % MidiInput.capacity] = (max(frame, last), message)
      queued += 1
    }
  }

  /// Returns whether the queue has been emptied after an overflow, and clears the flag.
  func settleOverflow() -> Bool {
    guard hasOverflowed, taken == queued else { return false }
    hasOverflowed = false
    return true
  }

  // MARK: Controllers

  func set(_ controller: UInt8, _ value: UInt8, _ channel: UInt8) {
    controllers.row()[Int(controller)] = value
    controllers.row()[Int(channel) * MidiSignals.controllerCount + Int(controller)] = value
  }

  func report(_ report: MidiReport) { _ = reports.push(report) }
}

/// A MIDI report to the control side.
package struct MidiReport: BitwiseCopyable, Sendable {
  package enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// A controller change: number and value.
    case controller
    /// A program change: number, and the bank as its value.
    case program
  }
  package var kind: Kind
  /// 1 … 16.
  package var channel: Int
  package var number: Int
  package var value: Int
}

/// The targets of data entry and program change of one channel.
struct MidiSelection: BitwiseCopyable {
  static let none: UInt16 = 0x3fff
  /// The selected registered parameter.
  var parameter = none
  /// The data entry value: upper and lower seven bits.
  var upper: UInt8 = 0, lower: UInt8 = 0
  var bankUpper: UInt8 = 0
  /// Above 127: the sender uses the upper half only.
  var bankLower: UInt8 = 0xff

  /// The selected bank.
  var bank: Int { bankLower > 127 ? Int(bankUpper) : Int(bankUpper) << 7 + Int(bankLower) }
}

/// One message: a status byte and up to two of data; or the tuning of one key.
package struct MidiMessage: BitwiseCopyable, Sendable {
  package var status: UInt8
  package var first: UInt8
  package var second: UInt8
  /// For `MidiParser.keyTuning`: parts of a semitone, 1/16384.
  package var part: UInt16 = 0

  /// 1 … 16; for channel messages only.
  var channel: UInt8 { status & 0x0f + 1 }
}

/// Parses MIDI bytes: running status, real-time messages inside others. After damaged bytes parsing resumes at the next
/// status byte.
///
/// Of system exclusive messages the tuning of single notes is parsed, in real time, without and with a bank.
/// - Source: "MIDI Tuning Updated Specification", MMA CA-020 and RP-020.
package struct MidiParser {
  /// The status that data bytes belong to; 0: none.
  private var status: UInt8 = 0
  private var first: UInt8 = 0
  private var hasFirst = false
  /// Bytes of a system exclusive message so far; below 0: none that is parsed.
  private var place = -1
  /// The bytes before the first key.
  private var headCount = 0
  private var tuned = MidiMessage(status: MidiParser.keyTuning, first: 0, second: 0)
  /// Status of the tuning of one key: `first` is the key, `second` its semitone.
  package static let keyTuning: UInt8 = 0xf0

  package init() {}

  /// Begins a new packet: a partial message is dropped, running status stays.
  package mutating func beginPacket() { hasFirst = false }

  /// - Returns: the message completed by this byte.
  package mutating func receive(_ byte: UInt8) -> MidiMessage? {
    if byte >= 0xf8 { return MidiMessage(status: byte, first: 0, second: 0) }
    if byte >= 0x80 {
      hasFirst = false
      // Data of a system exclusive message (0xf0), and data after its end (0xf7), is ignored.
      status = byte == 0xf0 || byte >= 0xf4 ? 0 : byte
      place = byte == 0xf0 ? 0 : -1
      return nil
    }
    if place >= 0 { return receiveExclusive(byte) }
    guard status != 0 else { return nil }
    let needsTwo = status < 0xc0 || status & 0xf0 == 0xe0 || status == 0xf2
    if needsTwo && !hasFirst {
      (first, hasFirst) = (byte, true)
      return nil
    }
    let message = MidiMessage(status: status, first: needsTwo ? first : byte, second: needsTwo ? byte : 0)
    hasFirst = false
    // System messages have no running status.
    if status >= 0xf0 { status = 0 }
    return message
  }

  /// 7F, device, 08, 02, program (or 07, bank, program), count; then key, semitone and two bytes of its parts for each.
  private mutating func receiveExclusive(_ byte: UInt8) -> MidiMessage? {
    let index = place
    place += 1
    switch index {
    case 0 where byte != 0x7f, 2 where byte != 0x08: place = -1
    case 3:
      headCount = byte == 0x02 ? 6 : 7
      if byte != 0x02 && byte != 0x07 { place = -1 }
    case 4... where index >= headCount: return tune(byte, (index - headCount) % 4)
    default: break
    }
    return nil
  }

  private mutating func tune(_ byte: UInt8, _ part: Int) -> MidiMessage? {
    switch part {
    case 0: tuned = MidiMessage(status: MidiParser.keyTuning, first: byte, second: 0)
    case 1: tuned.second = byte
    case 2: tuned.part = UInt16(byte) << 7
    default:
      tuned.part |= UInt16(byte)
      // 7F 7F 7F changes nothing.
      return tuned.second == 0x7f && tuned.part == 0x3fff ? nil : tuned
    }
    return nil
  }
}
