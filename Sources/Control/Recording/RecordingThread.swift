import Glibc
import PatchKit
import Synchronization

/// Writes sound to a sink on a thread of its own, so that a slow disk holds up neither sound nor commands.
final class RecordingThread: @unchecked Sendable {
  private struct State {
    var queue: [SoundPiece] = []
    var queuedFrames = 0
    var isClosed = false
    var outcome: Result<Int, PatchError>?
  }
  private let state = Mutex(State())
  private let channels: Int
  /// Touched by the thread alone.
  private var sink: (any RecordingSink)?
  private var thread = pthread_t()
  private let wakeup: UnsafeMutablePointer<sem_t>

  init(_ sink: any RecordingSink, channels: Int) {
    self.sink = sink
    self.channels = channels
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

  /// Frames that wait to be written.
  var queuedFrames: Int { state.withLock { $0.queuedFrames } }
  /// Frames written, or what went wrong; nil while it is under way.
  var outcome: Result<Int, PatchError>? { state.withLock { $0.outcome } }

  func append(_ pieces: [SoundPiece]) {
    let frames = pieces.reduce(0) { $0 + $1.frames(channels: channels) }
    state.withLock {
      $0.queue += pieces
      $0.queuedFrames += frames
    }
    sem_post(wakeup)
  }

  /// No more comes: makes the file whole.
  func close() {
    state.withLock { $0.isClosed = true }
    sem_post(wakeup)
  }

  /// Leaves nothing of the file.
  func cancel(_ error: PatchError) {
    state.withLock { if $0.outcome == nil { $0.outcome = .failure(error) } }
    sem_post(wakeup)
  }

  fileprivate func run() {
    var written = 0
    let silence = [Float](repeating: 0, count: 1 << 14)
    do throws(PatchError) {
      while true {
        while sem_wait(wakeup) != 0 {}
        let (pieces, isClosed, isOver) = state.withLock { state in
          defer { state.queue = [] }
          return (state.queue, state.isClosed, state.outcome != nil)
        }
        if isOver { break }
        for piece in pieces {
          try write(piece, silence)
          let frames = piece.frames(channels: channels)
          written += frames
          state.withLock { $0.queuedFrames -= frames }
        }
        guard isClosed else { continue }
        try sink?.finish()
        let total = written
        state.withLock { if $0.outcome == nil { $0.outcome = .success(total) } }
        break
      }
    } catch {
      sink = nil
      state.withLock { if $0.outcome == nil { $0.outcome = .failure(error) } }
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
