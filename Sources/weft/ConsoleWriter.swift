import Glibc
import Synchronization

/// Writer of standard error while the program plays: a terminal or pipe that nobody reads blocks only its thread. The
/// thread exists only while there is text; text beyond the limit is dropped and counted.
final class ConsoleWriter: Sendable {
  private struct State {
    var text: [UInt8] = []
    var dropped = 0
    var hasThread = false
  }
  private let state = Mutex(State())
  private let descriptor: Int32
  /// Maximum amount of waiting text, bytes.
  static let limit = 1 << 16

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  func write(_ text: String) {
    let isFirst = state.withLock { state in
      guard state.text.count + text.utf8.count <= ConsoleWriter.limit else {
        state.dropped += 1
        return false
      }
      state.text += text.utf8
      defer { state.hasThread = true }
      return !state.hasThread
    }
    if isFirst { startThread() }
  }

  /// Waits until all text is written, at most so many seconds.
  func flush(seconds: Double) {
    for _ in 0..<Int(seconds * 1_000) {
      if state.withLock({ !$0.hasThread }) { return }
      usleep(1_000)
    }
  }

  private func startThread() {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    if pthread_create(&thread, nil, writerThread, context.toOpaque()) == 0 {
      pthread_detach(thread)
    } else {
      context.release()
      state.withLock { ($0.text, $0.hasThread, $0.dropped) = ([], false, $0.dropped + 1) }
    }
  }

  fileprivate func writeAll() {
    while let text = next() {
      text.withUnsafeBytes { bytes in
        var remaining = UnsafeRawBufferPointer(bytes)
        while !remaining.isEmpty {
          let count = Glibc.write(descriptor, remaining.baseAddress!, remaining.count)
          if count < 0 && errno == EINTR { continue }
          if count < 0 && errno == EAGAIN {
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&entry, 1, -1)
            continue
          }
          // A closed terminal or pipe: the text is lost.
          if count <= 0 { return }
          remaining = UnsafeRawBufferPointer(rebasing: remaining[count...])
        }
      }
    }
  }

  private func next() -> [UInt8]? {
    state.withLock { state in
      if state.dropped > 0 {
        state.text += Array("warning: \(state.dropped) messages were dropped: standard error was not read\n".utf8)
        state.dropped = 0
      }
      guard !state.text.isEmpty else {
        state.hasThread = false
        return nil
      }
      defer { state.text = [] }
      return state.text
    }
  }
}

/// A free function: a closure made on the main actor must not run on another thread.
private func writerThread(_ writer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<ConsoleWriter>.fromOpaque(writer!).takeRetainedValue().writeAll()
  return nil
}
