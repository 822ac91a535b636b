import Glibc
import Synchronization

extension ControlLoop {
  /// A background thread that runs jobs in order and delivers their results to the loop's thread. It exists only while
  /// there are jobs.
  public final class Worker: Sendable {
    private let loop: ControlLoop
    private let queue = Mutex(Queue())
    private struct Queue {
      var jobs: [@Sendable () -> Void] = []
      var hasThread = false
    }

    public init(_ loop: ControlLoop) { self.loop = loop }

    /// - Parameter then: called on the loop's thread.
    public func run<Result: Sendable>(
      _ job: @escaping @Sendable () -> Result, then: @escaping (_ result: Result) -> Void
    ) {
      // Used only on the loop's thread.
      nonisolated(unsafe) let then = then
      let isFirst = queue.withLock { [loop] queue in
        queue.jobs.append {
          let result = job()
          loop.post { then(result) }
        }
        defer { queue.hasThread = true }
        return !queue.hasThread
      }
      if isFirst { startThread() }
    }

    private func startThread() {
      var thread = pthread_t()
      let context = Unmanaged.passRetained(self)
      if pthread_create(&thread, nil, workerThread, context.toOpaque()) == 0 {
        pthread_detach(thread)
      } else {
        // No thread is available: run synchronously.
        context.takeRetainedValue().runJobs()
      }
    }

    fileprivate func runJobs() {
      while let job = nextJob() { job() }
    }

    private func nextJob() -> (@Sendable () -> Void)? {
      queue.withLock { queue in
        if queue.jobs.isEmpty {
          queue.hasThread = false
          return nil
        }
        return queue.jobs.removeFirst()
      }
    }
  }
}

/// A free function: a closure made on the main actor must not run on another thread.
private func workerThread(_ worker: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<ControlLoop.Worker>.fromOpaque(worker!).takeRetainedValue().runJobs()
  return nil
}
