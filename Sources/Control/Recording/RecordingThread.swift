import Glibc
import PatchKit
import Synchronization

/// Writes sound to a sink on its own thread, so that a slow disk blocks neither audio nor commands.
final class RecordingThread: @unchecked Sendable {
  private struct State {
    var queue: [SoundPiece] = []
    var queuedFrames = 0
    var isClosed = false
    var keptFrames = 0
    /// The reason to abort, if any.
    var failure: PatchError?
    var outcome: Result<Int, PatchError>?
  }
  private let state = Mutex(State())
  private let channels: Int
  private let keepsPart: Bool
  /// Used by this thread only.
  private var sink: (any RecordingSink)?
  private var thread = pthread_t()
  private let wakeup: UnsafeMutablePointer<sem_t>

  /// - Parameter keepsPart: true to keep the part written before an error as a file.
  init(_ sink: any RecordingSink, channels: Int, keepsPart: Bool) {
    self.sink = sink
    self.channels = channels
    self.keepsPart = keepsPart
    wakeup = .allocate(capacity: 1)
    sem_init(wakeup, 0, 0)
    let status = pthread_create(&thread, nil, recordingThread, Unmanaged.passRetained(self).toOpaque())
    precondition(status == 0, "no thread for the recording: \(String(cString: strerror(status)))")
    pthread_detach(thread)
  }

  deinit {
    sem_destroy(wakeup)
    wakeup.deallocate()
  }

  /// Frames queued for writing.
  var queuedFrames: Int { state.withLock { $0.queuedFrames } }
  /// Frames in the file that was kept after an error.
  var keptFrames: Int { state.withLock { $0.keptFrames } }
  /// Frames written, or the error; nil while writing.
  var outcome: Result<Int, PatchError>? { state.withLock { $0.outcome } }

  func append(_ pieces: [SoundPiece]) {
    let frames = pieces.reduce(0) { $0 + $1.frames(channels: channels) }
    state.withLock {
      $0.queue += pieces
      $0.queuedFrames += frames
    }
    sem_post(wakeup)
  }

  /// Ends the input and finishes the file.
  func close() {
    state.withLock { $0.isClosed = true }
    sem_post(wakeup)
  }

  /// Aborts with an error.
  func cancel(_ error: PatchError) {
    state.withLock { $0.failure = error }
    sem_post(wakeup)
  }

  fileprivate func run() {
    var written = 0
    let silence = [Float](repeating: 0, count: 1 << 14)
    do throws(PatchError) {
      while true {
        while sem_wait(wakeup) != 0 {}
        let (pieces, isClosed, failure) = state.withLock { state in
          defer { state.queue = [] }
          return (state.queue, state.isClosed, state.failure)
        }
        if let failure { throw failure }
        for piece in pieces {
          if let failure = state.withLock({ $0.failure }) { throw failure }
          try write(piece, silence)
          let frames = piece.frames(channels: channels)
          written += frames
          state.withLock { $0.queuedFrames -= frames }
        }
        guard isClosed else { continue }
        try sink?.finish()
        let total = written
        state.withLock { $0.outcome = .success(total) }
        break
      }
    } catch {
      var kept = 0
      if keepsPart && written > 0, (try? sink?.finish()) != nil { kept = written }
      sink = nil
      state.withLock { ($0.keptFrames, $0.outcome) = (kept, .failure(error)) }
    }
    sink = nil
  }

  private func write(_ piece: SoundPiece, _ silence: [Float]) throws(PatchError) {
    switch piece {
    case .sound(let samples): try sink?.write(samples, frames: samples.count / max(channels, 1))
    case .silence(var frames):
      while frames > 0 {
        let count = min(frames, silence.count / max(channels, 1))
        try sink?.write(silence, frames: count)
        frames -= count
      }
    }
  }
}

/// A free function: a closure made on the main actor must not run on another thread.
private func recordingThread(_ recording: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<RecordingThread>.fromOpaque(recording!).takeRetainedValue().run()
  return nil
}
