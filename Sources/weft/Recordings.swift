import CommandParser
import Control
import Hosts
import PatchKit
import SoundFiles

/// Recordings as sound files; the file name ending selects the format.
enum Recordings {
  @Sendable static func open(_ path: String, channels: Int, rate: Int) throws(PatchError) -> any RecordingSink {
    guard let format = SoundFormat(ending: path) else {
      throw PatchError(
        .range, "the name must end in \(listed(CommandLineTable.soundEndings, "or"))", at: Place(file: path),
        suggestions: CommandLineTable.soundEndings)
    }
    return try File(SoundFileWriter(path: path, format: format, channels: channels, rate: rate), at: path)
  }

  private final class File: RecordingSink {
    private let writer: SoundFileWriter
    private let entry: String?
    init(_ writer: SoundFileWriter, at path: String) {
      self.writer = writer
      entry = RecordingList.add(path)
    }
    deinit { if let entry { RecordingList.remove(entry) } }
    var rescued: String? { writer.rescued }
    func write(_ samples: UnsafePointer<Float>, frames: Int) throws(PatchError) {
      try writer.write(samples, frames: frames)
    }
    func finish() throws(PatchError) { try writer.finish() }
  }
}
