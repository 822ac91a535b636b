import Hosts
import PatchKit

extension Console {
  /// Reads a MIDI file and warns of each repair.
  static func midiFile(_ path: String) throws(PatchError) -> MidiFile {
    let file = try MidiFile(path: path)
    for repair in file.repairs { warn("\(path): \(repair)") }
    return file
  }
}
