import CJack
import CRealtime
import Engine
import Glibc
import PatchKit

/// The worker threads of an engine, which render together with the audio thread.
///
/// Confined to the control thread. Nothing may render while they start or stop.
public final class WorkerThreads {
  private let engine: Engine
  private var threads: [pthread_t] = []

  public init(engine: Engine) { self.engine = engine }

  deinit { stop() }

  /// Number of workers, without the audio thread.
  public var count: Int { threads.count }

  /// Starts the workers, or as many as the system permits: see `count`.
  ///
  /// - Parameter client: creates the threads with its own priority; nil: they have the caller's.
  func start(through client: OpaquePointer?) {
    stop()
    guard engine.threads > 1 else { return }
    engine.admitWorkers()
    for number in 1..<engine.threads {
      let task = Unmanaged.passRetained(Worker(engine, number)).toOpaque()
      var thread = pthread_t()
      let status =
        client.map {
          jack_client_create_thread(
            $0, &thread, jack_client_real_time_priority($0), jack_is_realtime($0), workerThread, task)
        } ?? pthread_create(&thread, nil, workerThread, task)
      guard status == 0 else {
        Unmanaged<Worker>.fromOpaque(task).release()
        return
      }
      threads.append(thread)
    }
  }

  /// Starts threads with the caller's priority, for offline rendering.
  public func start() { start(through: nil) }

  /// Stops the threads; returns when they have ended.
  public func stop() {
    guard !threads.isEmpty else { return }
    engine.dismissWorkers()
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  /// Number of processors that this program may use.
  public static var processors: Int { Int(weft_processors()) }
}

/// The argument of a thread.
private final class Worker: Sendable {
  let engine: Engine
  let number: Int
  init(_ engine: Engine, _ number: Int) {
    self.engine = engine
    self.number = number
  }
}

/// A free function: a closure created on the main actor must not run on another thread.
private func workerThread(_ worker: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  let worker = Unmanaged<Worker>.fromOpaque(worker!).takeRetainedValue()
  worker.engine.work(as: worker.number)
  return nil
}
