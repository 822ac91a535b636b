import Control
import PatchKit
import SoundFiles

/// A recording of a session of the C interface, as a sound file; the ending of its name selects the format.
final class RecordedFile: RecordingSink {
  private let writer: SoundFileWriter

  private init(_ writer: SoundFileWriter) { self.writer = writer }

  @Sendable static func open(
    _ path: String, channels: Int, rate: Int
  ) throws(PatchError) -> any RecordingSink {
    guard let format = SoundFormat(ending: path) else {
      let endings = SoundFormat.allCases.map(\.rawValue)
      throw PatchError(
        .range, "the name must end in one of \(endings.joined(separator: ", "))", at: Place(file: path),
        suggestions: endings)
    }
    return try RecordedFile(SoundFileWriter(path: path, format: format, channels: channels, rate: rate))
  }

  var rescued: String? { writer.rescued }
  func write(_ samples: UnsafePointer<Float>, frames: Int) throws(PatchError) {
    try writer.write(samples, frames: frames)
  }
  func finish() throws(PatchError) { try writer.finish() }
}
