import PatchKit

/// The destination of a recording: a sound file that appears when it is complete. Used by one thread at a time.
public protocol RecordingSink: AnyObject {
  /// - Parameter samples: `frames` times the channels, interleaved.
  func write(_ samples: UnsafePointer<Float>, frames: Int) throws(PatchError)
  /// Completes the file. Without this call no file is left.
  func finish() throws(PatchError)
  /// The new name of an unfinished recording of that name, by a killed program; nil if there was none.
  var rescued: String? { get }
}

extension RecordingSink {
  public var rescued: String? { nil }
}

/// A piece of sound to be written. Silence needs no memory.
enum SoundPiece: Sendable {
  case sound([Float])
  /// Frames.
  case silence(Int)

  func frames(channels: Int) -> Int {
    switch self {
    case .sound(let samples): samples.count / max(channels, 1)
    case .silence(let frames): frames
    }
  }
}
