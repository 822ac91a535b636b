import CRealtime
import Glibc
import Synchronization
import TestSupport

/// Ends the program if one input takes longer than two minutes; milliseconds are usual.
final class HangWatch: Sendable {
  static let patience = UInt64(2 * Patience.seconds * 1e9)
  private let started = Atomic<UInt64>(0)
  private let log: String

  init(log: String) {
    self.log = log
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, watchForHangs, Unmanaged.passRetained(self).toOpaque())
    precondition(status == 0, "no thread to watch for hangs")
    pthread_detach(thread)
  }

  func begin() { started.store(weft_nanoseconds(), ordering: .relaxed) }
  func end() { started.store(0, ordering: .relaxed) }

  fileprivate func run() {
    while true {
      usleep(100_000)
      let start = started.load(ordering: .relaxed)
      guard start != 0, weft_nanoseconds() > start + HangWatch.patience else { continue }
      let words = Array("weft-fuzz: an input takes longer than two minutes; it is the last one in \(log)\n".utf8)
      _ = write(STDERR_FILENO, words, words.count)
      abort()
    }
  }
}

/// A free function: a closure created on the main actor must not run on another thread.
private func watchForHangs(_ watch: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<HangWatch>.fromOpaque(watch!).takeUnretainedValue().run()
  return nil
}
