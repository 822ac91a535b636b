import Engine
import PatchKit

/// State of recording: at most one active recording, the look-back, and files being finished.
struct Recorder {
  /// Maximum unwritten sound before a recording is aborted, seconds.
  static let patience = 60.0

  /// Maximum length of a recording, seconds: a day, so that a forgotten one does not fill the disk.
  static let longest = 86_400.0

  struct Recording {
    var path: String
    /// The first frame, and the frame after the last.
    var start: Int
    var end: Int
    /// The next frame to be written; nil before the first.
    var next: Int?
    var frames = 0
    /// Frames dropped by the audio thread because the capture was full: silence in the file.
    var lost = 0
    var thread: RecordingThread
  }
  /// A file being finished, and the request that is answered then.
  struct Ending {
    var call: Call?
    var path: String
    var lost: Int
    var thread: RecordingThread
  }
  var recording: Recording?
  /// The pending `/record/stop` request.
  var stopper: Call?
  var endings: [Ending] = []
  var lookBack: LookBack?
  /// The frame after the last one in the look-back.
  private var next: Int?

  /// True if a file is being written to that path.
  func isWriting(_ path: String) -> Bool { recording?.path == path || endings.contains { $0.path == path } }

  var isBusy: Bool { recording != nil || !endings.isEmpty }

  /// Drains the audio thread's capture.
  mutating func drain(_ capture: Capture) {
    while capture.nextBlock({ frame, samples in append(frame, samples.buffer, capture.channels) }) {}
  }

  private mutating func append(_ frame: Int, _ samples: UnsafeBufferPointer<Float>, _ channels: Int) {
    let count = samples.count / max(channels, 1)
    if let next, frame > next { lookBack?.appendSilence(frame - next) }
    lookBack?.append(samples)
    next = frame + count
    guard var recording else { return }
    self.recording = nil
    recording.append(frame, count, samples, channels)
    self.recording = recording
  }

  /// Marks a discontinuity: the next frames do not follow the previous ones.
  mutating func breakOff() { next = nil }
}

extension Recorder.Recording {
  mutating func append(_ frame: Int, _ count: Int, _ samples: UnsafeBufferPointer<Float>, _ channels: Int) {
    let from = max(frame, start), to = min(frame + count, end)
    guard from < to else { return }
    var pieces: [SoundPiece] = []
    if let next, from > next {
      lost += from - next
      pieces.append(.silence(from - next))
    }
    pieces.append(.sound(Array(samples[((from - frame) * channels)..<((to - frame) * channels)])))
    frames += to - (next ?? from)
    next = to
    thread.append(pieces)
  }
}
