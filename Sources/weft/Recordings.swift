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
    return try File(SoundFileWriter(path: path, format: format, channels: channels, rate: rate))
  }

  private final class File: RecordingSink {
    private let writer: SoundFileWriter
    init(_ writer: SoundFileWriter) { self.writer = writer }
    var rescued: String? { writer.rescued }
    func write(_ samples: UnsafePointer<Float>, frames: Int) throws(PatchError) {
      try writer.write(samples, frames: frames)
    }
    func finish() throws(PatchError) { try writer.finish() }
  }
}
