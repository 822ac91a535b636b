// [audio] MIDI input: queued messages and the state of channels.
import ModuleKit
import Synchronization

/// The MIDI side of one engine. Everything here but what is marked belongs to the audio thread.
final class MidiInput: @unchecked Sendable {
  /// What kernels see of it.
  let signals: MidiSignals
  /// To the control side.
  let reports = RingBuffer<MidiReport>(capacity: 1_024)
  /// [control] Whether somebody wants to hear of every controller that is moved.
  let isLearning = Atomic<Bool>(false)
  /// What has been said so far, for listeners that come later.
  var channels = MidiChannels()
  var selections: UnsafeMutablePointer<MidiSelection>

  private let controllers: UnsafeMutablePointer<UInt8>
  let clock: UnsafeMutablePointer<MidiClock>
  private var parser = MidiParser()
  private let queue: UnsafeMutablePointer<(frame: Int, message: MidiMessage)>
  /// Messages ever queued, and ever taken.
  private var queued = 0, taken = 0
  static let capacity = 8_192
  /// Something was lost: perhaps the end of a note.
  private(set) var hasOverflowed = false

  init() {
    controllers = .allocate(capacity: MidiSignals.channelCount * MidiSignals.controllerCount)
    for i in 0..<MidiSignals.channelCount * MidiSignals.controllerCount {
      let value = MidiSignals.standardValue(of: i % MidiSignals.controllerCount)
      (controllers + i).initialize(to: value)
    }
    clock = .allocate(capacity: 1)
    clock.initialize(to: MidiClock())
    selections = .allocate(capacity: MidiSignals.channelCount)
    selections.initialize(repeating: MidiSelection(), count: MidiSignals.channelCount)
    queue = .allocate(capacity: MidiInput.capacity)
    signals = MidiSignals(controllers: UnsafePointer(controllers), clock: UnsafePointer(clock))
  }

  deinit {
    controllers.deallocate()
    clock.deallocate()
    selections.deallocate()
    queue.deallocate()
    channels.deallocate()
  }

  // MARK: Messages and their frames

  /// The frame of the first message that waits.
  var first: Int { taken == queued ? Int.max : queue[taken % MidiInput.capacity].frame }

  func pop() -> MidiMessage {
    let message = queue[taken % MidiInput.capacity].message
    taken += 1
    return message
  }

  /// Whether the sender has announced, by active sensing, that it is never silent for longer than `sensingTime`.
  var isSensing = false
  /// The frame of the last byte.
  private(set) var lastArrival = 0
  /// Seconds of silence after which a sender with active sensing is gone (MIDI 1.0: 300 ms, and 10 % for its clock).
  static let sensingTime = 0.33
  private static let activeSensing: UInt8 = 0xfe

  /// Takes bytes that arrived at a frame; no message overtakes one before.
  func receive(_ bytes: UnsafePointer<UInt8>, _ count: Int, at frame: Int) {
    parser.beginPacket()
    if count > 0 { lastArrival = frame }
    for i in 0..<count {
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
      (queue + queued % MidiInput.capacity).initialize(to: (max(frame, last), message))
      queued += 1
    }
  }

  /// Whether all that was taken has been obeyed, and something was lost before.
  func settleOverflow() -> Bool {
    guard hasOverflowed, taken == queued else { return false }
    hasOverflowed = false
    return true
  }

  // MARK: Controllers

  func set(_ controller: UInt8, _ value: UInt8, _ channel: UInt8) {
    controllers[Int(controller)] = value
    controllers[Int(channel) * MidiSignals.controllerCount + Int(controller)] = value
  }

  func report(_ report: MidiReport) { _ = reports.push(report) }
}

/// What the control side is told of MIDI.
package struct MidiReport: BitwiseCopyable, Sendable {
  package enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// A controller was moved: number and value.
    case controller
    /// A program was chosen: number, and the bank as its value.
    case program
  }
  package var kind: Kind
  /// 1 … 16.
  package var channel: Int
  package var number: Int
  package var value: Int
}

/// What data entry and program change of one channel refer to.
struct MidiSelection: BitwiseCopyable {
  static let none: UInt16 = 0x3fff
  /// The registered parameter that is selected.
  var parameter = none
  /// Where data entry has set it: upper and lower seven bits.
  var upper: UInt8 = 0, lower: UInt8 = 0
  var bankUpper: UInt8 = 0
  /// Above 127: the sender speaks of the upper half only.
  var bankLower: UInt8 = 0xff

  /// The bank that is selected.
  var bank: Int { bankLower > 127 ? Int(bankUpper) : Int(bankUpper) << 7 + Int(bankLower) }
}
