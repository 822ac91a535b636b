import Glibc
import PatchKit
import Synchronization

/// Writes to a sink on another thread, so that a file is encoded while the next samples are rendered.
///
/// Two buffers go back and forth; an error of the sink is thrown by the next `write` that fills one, or by `finish`.
public final class ThreadedSink: SoundSink {
  private let sink: any SoundSink
  private let channels: Int
  private let exchange: Exchange
  /// The buffer that is filled.
  private var current = 0
  private var thread: pthread_t?

  /// A sink that writes to `sink` on another thread; `sink` itself where there is one processor, or no thread.
  public static func around(_ sink: any SoundSink, channels: Int, processors: Int) -> any SoundSink {
    guard processors > 1, let threaded = ThreadedSink(sink, channels: channels) else { return sink }
    return threaded
  }

  package init?(_ sink: any SoundSink, channels: Int) {
    self.sink = sink
    self.channels = max(channels, 1)
    exchange = Exchange(sink, samples: Exchange.frames * self.channels)
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(exchange)
    guard pthread_create(&thread, nil, writingThread, argument.toOpaque()) == 0 else {
      argument.release()
      return nil
    }
    self.thread = thread
  }

  deinit { end() }

  public func write(_ samples: UnsafePointer<Float>, frames count: Int) throws(PatchError) {
    var done = 0
    while done < count {
      let filled = exchange.buffers[current].frames, part = min(count - done, Exchange.frames - filled)
      (exchange.buffers[current].samples + filled * channels).update(
        from: samples + done * channels, count: part * channels)
      exchange.buffers[current].frames += part
      done += part
      if filled + part == Exchange.frames { try pass() }
    }
  }

  public func finish() throws(PatchError) {
    if exchange.buffers[current].frames > 0 { try pass() }
    end()
    try exchange.check()
    try sink.finish()
  }

  /// Passes the current buffer on, and waits for the other one.
  private func pass() throws(PatchError) {
    exchange.full.post()
    current = 1 - current
    exchange.empty.wait()
    exchange.buffers[current].frames = 0
    try exchange.check()
  }

  /// Ends the thread once it has written what was passed on.
  private func end() {
    guard let thread else { return }
    exchange.buffers[current].frames = -1
    exchange.full.post()
    pthread_join(thread, nil)
    self.thread = nil
  }
}

/// The buffers between the two threads.
private final class Exchange: @unchecked Sendable {
  /// The frames of a buffer.
  static let frames = 16_384

  struct Buffer {
    var samples: UnsafeMutablePointer<Float>
    /// -1: the last one, and the thread ends.
    var frames = 0
  }
  private let sink: any SoundSink
  /// Each belongs to one of the threads, by the semaphores.
  let buffers: UnsafeMutablePointer<Buffer>
  /// Counts the empty buffers besides the one that is filled, and those that wait to be written.
  let empty = Semaphore(1), full = Semaphore(0)
  private let failure = Mutex<PatchError?>(nil)

  init(_ sink: any SoundSink, samples: Int) {
    self.sink = sink
    buffers = .allocate(capacity: 2)
    for i in 0..<2 { (buffers + i).initialize(to: Buffer(samples: .allocate(capacity: samples))) }
  }

  deinit {
    for i in 0..<2 { buffers[i].samples.deallocate() }
    buffers.deallocate()
  }

  func check() throws(PatchError) {
    if let failure = failure.withLock({ $0 }) { throw failure }
  }

  /// [writing thread] Writes buffers until the last one; after an error they are dropped.
  func run() {
    var number = 0
    while true {
      full.wait()
      let buffer = buffers[number]
      if buffer.frames < 0 { return }
      if failure.withLock({ $0 == nil }) {
        do throws(PatchError) {
          try sink.write(buffer.samples, frames: buffer.frames)
        } catch {
          failure.withLock { $0 = error }
        }
      }
      number = 1 - number
      empty.post()
    }
  }
}

private final class Semaphore: @unchecked Sendable {
  private let semaphore: UnsafeMutablePointer<sem_t> = .allocate(capacity: 1)
  init(_ count: UInt32) { sem_init(semaphore, 0, count) }
  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }
  func post() { sem_post(semaphore) }
  /// A signal does not end it.
  func wait() { while sem_wait(semaphore) != 0 {} }
}

private func writingThread(_ exchange: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<Exchange>.fromOpaque(exchange!).takeRetainedValue().run()
  return nil
}
