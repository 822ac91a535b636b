import Engine
import Hosts
import ModuleKit
import PatchKit
import TestSupport

/// Damaged MIDI files: refused, or whole and in order.
final class SongTarget: FuzzTarget {
  static let name = "songs"
  private var mutator: Mutator

  init(seed: UInt64, corpus: [[UInt8]], folder: String) throws {
    mutator = Mutator(
      seed: seed, corpus: corpus, words: ["MThd", "MTrk", "\u{0}\u{0}\u{0}\u{6}"],
      marks: "\u{0}\u{1}\u{2}\u{2f}\u{51}\u{60}\u{7f}", step: 1)
  }

  func next() -> [UInt8] { mutator.next() }

  func run(_ input: [UInt8]) throws -> Bool {
    let file: MidiFile
    do { file = try MidiFile(input) } catch { return false }
    var last = 0.0
    for event in file.events {
      guard event.seconds >= last, event.seconds <= file.seconds else { throw BrokenLaw("\(event) after \(last) s") }
      guard (2...3).contains(event.message.count), event.message[0] >= 0x80 else { throw BrokenLaw("\(event)") }
      last = event.seconds
    }
    return true
  }
}
