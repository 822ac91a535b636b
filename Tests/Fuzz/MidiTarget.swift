import Control
import Engine
import PatchKit
import TestSupport

/// MIDI streams, split at random places, into eight voices that must fall silent after all-notes-off on every channel.
final class MidiTarget: FuzzTarget {
  static let name = "midi"
  static let sequence = 50
  private var mutator: Mutator
  private let folder: String
  private var session: FuzzSession
  private var count = 0
  private static let patch = """
    { "weft": 1, "voices": 8, "nodes": { "keys": { "type": "notes" }, "osc": { "type": "saw" },
    "env": { "type": "adsr", "params": { "release": 0.01 } }, "vca": { "type": "gain" } },
    "cables": [["keys/pitch", "osc/frequency"], ["keys/gate", "env/gate"], ["osc", "vca"], ["env", "vca/gain"]] }
    """

  init(seed: UInt64, corpus: [[UInt8]], folder: String) throws {
    mutator = Mutator(seed: seed, corpus: corpus, marks: "\u{0}\u{7f}\u{40}", step: 1)
    self.folder = folder
    session = try MidiTarget.playing(folder)
  }

  private static func playing(_ folder: String) throws -> FuzzSession {
    let session = try FuzzSession(folder: folder)
    try session.perform(OSCMessage("/patch/set", [.string(patch)]))
    try session.perform(OSCMessage("/patch/commit"))
    return session
  }

  func next() -> [UInt8] { mutator.next() }

  /// The first byte of each piece of the input is its length, the second its place in the period.
  func run(_ input: [UInt8]) throws -> Bool {
    if count % MidiTarget.sequence == 0 { session = try MidiTarget.playing(folder) }
    count += 1
    var rest = input[...]
    while rest.count > 2 {
      let length = min(Int(rest.removeFirst()) % 16, rest.count - 1), offset = Int(rest.removeFirst()) - 64
      // An allocation of exact size, so that AddressSanitizer detects a read past its end.
      let message = UnsafeMutablePointer<UInt8>.allocate(capacity: max(length, 1))
      for i in 0..<length { message[i] = rest.removeFirst() }
      let violations = realtimeViolations { session.engine.receive(midi: message, count: length, after: offset) }
      if violations > 0 { throw BrokenLaw("MIDI broke \(violations) rules of the audio thread") }
      message.deallocate()
    }
    for _ in 0..<4 { try session.play() }
    if count % MidiTarget.sequence == 0 { try silence() }
    return true
  }

  private func silence() throws {
    for channel: UInt8 in 0..<16 { session.engine.receive(midi: [0xb0 | channel, 120, 0], count: 3, after: 0) }
    for _ in 0..<400 { try session.play() }
    guard session.engine.soundingVoices == 0 else {
      throw BrokenLaw("\(session.engine.soundingVoices) voices sound after a panic")
    }
  }
}
