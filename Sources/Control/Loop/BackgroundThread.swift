import Glibc
import Synchronization

/// A thread for slow work of the control side, done one after the other; its results come back through the loop.
public final class BackgroundThread: @unchecked Sendable {
  private struct State {
    var work: [@Sendable () -> Void] = []
    var isRunning = false
  }
  private let state = Mutex(State())

  public init() {}

  /// Does the work after all that was given before. The thread ends when nothing is left.
  ///
  /// - Returns: false, and the work is done, where no thread can be had.
  @discardableResult
  public func run(_ work: @escaping @Sendable () -> Void) -> Bool {
    let starts = state.withLock { state in
      state.work.append(work)
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard starts else { return true }
    var thread = pthread_t()
    let held = Unmanaged.passRetained(self)
    if pthread_create(&thread, nil, backgroundThread, held.toOpaque()) == 0 {
      pthread_detach(thread)
      return true
    }
    held.release()
    drain()
    return false
  }

  fileprivate func drain() {
    while true {
      let next = state.withLock { state -> (@Sendable () -> Void)? in
        guard !state.work.isEmpty else {
          state.isRunning = false
          return nil
        }
        return state.work.removeFirst()
      }
      guard let next else { return }
      next()
    }
  }
}

/// A free function: a closure made on the main actor must not run on another thread.
private func backgroundThread(_ thread: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<BackgroundThread>.fromOpaque(thread!).takeRetainedValue().drain()
  return nil
}
