import Engine
import PatchKit

/// What is recorded: at most one recording under way, the look-back, and files that are being made whole.
struct Recorder {
  /// Seconds that may wait for the disk before a recording is given up.
  static let patience = 60.0

  /// Seconds of the longest recording: a day, so that one that was forgotten does not fill the disk for ever.
  static let longest = 86_400.0

  struct Recording {
    var path: String
    /// The first frame, and the one after the last.
    var start: Int
    var end: Int
    /// The next frame to come; nil before the first.
    var next: Int?
    var frames = 0
    /// Frames that the audio thread found no room for: silence in the file.
    var lost = 0
    var thread: RecordingThread
  }
  /// Files on their way to being whole, and who waits for each.
  struct Ending {
    var call: Call?
    var path: String
    var lost: Int
    var thread: RecordingThread
  }
  var recording: Recording?
  /// Who asked for the recording to stop.
  var stopper: Call?
  var endings: [Ending] = []
  var lookBack: LookBack?
  /// The next frame that the look-back expects.
  private var next: Int?

  var isBusy: Bool { recording != nil || !endings.isEmpty }

  /// Takes what the audio thread has captured.
  mutating func drain(_ capture: Capture) {
    while capture.nextBlock({ frame, samples in take(frame, samples, capture.channels) }) {}
  }

  private mutating func take(_ frame: Int, _ samples: UnsafeBufferPointer<Float>, _ channels: Int) {
    let count = samples.count / max(channels, 1)
    if let next, frame > next { lookBack?.appendSilence(frame - next) }
    lookBack?.append(samples)
    next = frame + count
    guard var recording else { return }
    self.recording = nil
    recording.take(frame, count, samples, channels)
    self.recording = recording
  }

  /// What was captured until now does not connect with what comes.
  mutating func breakOff() { next = nil }
}

extension Recorder.Recording {
  mutating func take(_ frame: Int, _ count: Int, _ samples: UnsafeBufferPointer<Float>, _ channels: Int) {
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
