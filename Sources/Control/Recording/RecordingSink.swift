import PatchKit

/// Where a recording goes: a sound file that is there when it is whole. Used by one thread at a time.
public protocol RecordingSink: AnyObject {
  /// - Parameter samples: `frames` times the channels, interleaved.
  func write(_ samples: UnsafePointer<Float>, frames: Int) throws(PatchError)
  /// Makes a whole file of what has been written. Without it, nothing is left of it.
  func finish() throws(PatchError)
}

/// Sound on its way to a file. Silence needs no memory.
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
