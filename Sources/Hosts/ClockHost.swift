import CRealtime
import Engine
import Glibc
import Synchronization

/// Runs an engine in real time without an audio server: silent, but time, commits and parameters continue, and so does
/// the patch when a server returns.
public final class ClockHost: @unchecked Sendable {
  private let engine: Engine
  private let period: Int
  private let stopping = Atomic<Bool>(false)
  private var thread: pthread_t?
  let time = FrameClock()

  public init(engine: Engine, period: Int = AudioServer.defaultPeriod) {
    self.engine = engine
    self.period = period
  }

  deinit { stop() }

  public var isRunning: Bool { thread != nil }

  public func start() {
    guard thread == nil else { return }
    stopping.store(false, ordering: .releasing)
    var made = pthread_t()
    let status = pthread_create(&made, nil, clockThread, Unmanaged.passUnretained(self).toOpaque())
    precondition(status == 0, "no thread for the clock: \(String(cString: strerror(status)))")
    thread = made
  }

  /// Stops rendering; returns when the thread has ended.
  public func stop() {
    guard let running = thread else { return }
    stopping.store(true, ordering: .releasing)
    pthread_join(running, nil)
    thread = nil
  }

  fileprivate func run() {
    let channels = max(engine.outputChannels, 1)
    let samples = UnsafeMutablePointer<Float>.allocate(capacity: channels * period)
    samples.initialize(repeating: 0, count: channels * period)
    let outputs = UnsafeMutablePointer<UnsafeMutablePointer<Float>?>.allocate(capacity: channels)
    for channel in 0..<channels { (outputs + channel).initialize(to: samples + channel * period) }
    defer {
      samples.deallocate()
      outputs.deallocate()
    }
    let start = weft_nanoseconds()
    var rendered = 0
    while !stopping.load(ordering: .acquiring) {
      time.mark(frame: engine.frame, moment: weft_nanoseconds())
      engine.render(inputs: nil, outputs: outputs, frames: period)
      rendered += period
      let due = start + UInt64(Double(rendered) / engine.sampleRate * 1e9)
      let now = weft_nanoseconds()
      if due > now { usleep(UInt32((due - now) / 1_000)) }
    }
  }
}

/// A free function: a closure created on the main actor must not run on another thread.
private func clockThread(_ host: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<ClockHost>.fromOpaque(host!).takeUnretainedValue().run()
  return nil
}
