import CJack
import CRealtime
import Engine
import Glibc
import PatchKit

/// The threads that render together with the audio thread: as many as the engine has been told to share its work among.
///
/// Belongs to the control thread. Nothing may render while they start or stop.
public final class WorkerThreads {
  private let engine: Engine
  private var threads: [pthread_t] = []

  public init(engine: Engine) { self.engine = engine }

  deinit { stop() }

  /// How many there are, the audio thread not counted.
  public var count: Int { threads.count }

  /// - Parameter client: makes them, as urgent as its own thread; nil: they are as urgent as the caller.
  /// What is to be done is done with however many could be made: see `count`.
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

  /// For who renders as fast as it goes: threads like the caller's.
  public func start() { start(through: nil) }

  /// Returns when they have ended.
  public func stop() {
    guard !threads.isEmpty else { return }
    engine.dismissWorkers()
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  /// The processors that this program may run on.
  public static var processors: Int { Int(weft_processors()) }
}

/// What a thread is given.
private final class Worker: Sendable {
  let engine: Engine
  let number: Int
  init(_ engine: Engine, _ number: Int) {
    self.engine = engine
    self.number = number
  }
}

/// A free function: a closure made on the main actor must not run on another thread.
private func workerThread(_ worker: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  let worker = Unmanaged<Worker>.fromOpaque(worker!).takeRetainedValue()
  worker.engine.work(as: worker.number)
  return nil
}
