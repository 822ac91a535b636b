import Glibc
import Synchronization

/// Writes on another thread, one at a time, so that a slow disk does not block commands.
final class Writing: Sendable {
  private let job = Mutex<(@Sendable (Writing) -> Void)?>(nil)
  private let failure = Mutex<String?>(nil)

  var isBusy: Bool { job.withLock { $0 != nil } }

  func start(_ work: @escaping @Sendable (Writing) -> Void) {
    job.withLock { $0 = work }
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, writingThread, Unmanaged.passRetained(self).toOpaque())
    if status == 0 { pthread_detach(thread) } else { run() }
  }

  fileprivate func run() {
    job.withLock { $0 }?(self)
    job.withLock { $0 = nil }
  }

  func failed(_ reason: String) { failure.withLock { $0 = reason } }
  func readFailure() -> String? {
    failure.withLock { reason in
      defer { reason = nil }
      return reason
    }
  }
}

/// A free function: a closure created on the main actor must not run on another thread.
private func writingThread(_ writing: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<Writing>.fromOpaque(writing!).takeRetainedValue().run()
  return nil
}
