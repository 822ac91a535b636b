import CJack
import CRealtime
import Glibc
import Synchronization

/// Closes a client on its own thread: a hanging server must not block this program.
final class JackLeaving: Sendable {
  nonisolated(unsafe) private let client: OpaquePointer
  /// Retained until the server can no longer call it.
  private let state: JackThreadState
  private let isClosed = Atomic<Bool>(false)

  /// - Parameter state: a detached state.
  init(_ client: OpaquePointer, _ state: JackThreadState) {
    self.client = client
    self.state = state
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, closeClient, Unmanaged.passRetained(self).toOpaque())
    precondition(status == 0, "no thread to close the client: \(String(cString: strerror(status)))")
    pthread_detach(thread)
  }

  var isGone: Bool { isClosed.load(ordering: .acquiring) }

  func wait(seconds: Double) {
    let deadline = weft_nanoseconds() + UInt64(seconds * 1e9)
    while !isGone, weft_nanoseconds() < deadline { usleep(1_000) }
  }

  fileprivate func run() {
    jack_client_close(client)
    isClosed.store(true, ordering: .releasing)
  }
}

/// A free function: a closure created on the main actor must not run on another thread.
private func closeClient(_ leaving: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<JackLeaving>.fromOpaque(leaving!).takeRetainedValue().run()
  return nil
}
