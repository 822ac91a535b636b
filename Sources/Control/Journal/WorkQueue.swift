import CRealtime
import Glibc
import Synchronization

/// Work on a thread of its own, one item after the other: disks, whose speed nobody knows.
public final class WorkQueue: Sendable {
  private struct State {
    var work: [@Sendable () -> Void] = []
    var isRunning = false
  }
  private let state = Mutex(State())

  public init() {}

  /// True while an item is performed or waits.
  public var isBusy: Bool { state.withLock { $0.isRunning } }

  /// Adds an item. Without a thread to be had it is done at once.
  public func add(_ item: @escaping @Sendable () -> Void) {
    let starts = state.withLock { state in
      state.work.append(item)
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard starts else { return }
    var thread = pthread_t()
    let owned = Unmanaged.passRetained(self)
    if pthread_create(&thread, nil, workQueueThread, owned.toOpaque()) == 0 {
      pthread_detach(thread)
    } else {
      owned.release()
      run()
    }
  }

  /// Waits until all is done, `seconds` at most.
  ///
  /// - Returns: whether it is.
  @discardableResult
  public func finish(within seconds: Double) -> Bool {
    let end = weft_nanoseconds() + UInt64(seconds * 1e9)
    while isBusy {
      if weft_nanoseconds() >= end { return false }
      usleep(1_000)
    }
    return true
  }

  fileprivate func run() {
    while true {
      let next = state.withLock { state -> (@Sendable () -> Void)? in
        if state.work.isEmpty {
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
private func workQueueThread(_ queue: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<WorkQueue>.fromOpaque(queue!).takeRetainedValue().run()
  return nil
}
