import Glibc
import ModuleKit
import PatchKit

/// Sound files on their way into memory, on a thread of its own.
final class SoundReading: Sendable {
  typealias Results = [SoundLibrary.Key: Result<SoundBuffer, PatchError>]
  private let keys: [SoundLibrary.Key]
  private let done: @Sendable (Results) -> Void

  /// - Parameter done: called by that thread.
  init(_ keys: [SoundLibrary.Key], done: @escaping @Sendable (Results) -> Void) {
    (self.keys, self.done) = (keys, done)
  }

  /// Where no thread can be had, everything waits.
  func start() {
    var thread = pthread_t()
    let held = Unmanaged.passRetained(self)
    if pthread_create(&thread, nil, soundReadingThread, held.toOpaque()) == 0 {
      pthread_detach(thread)
    } else {
      held.release()
      run()
    }
  }

  fileprivate func run() {
    var results: Results = [:]
    for key in keys {
      results[key] = Result { () throws(PatchError) in try SoundLibrary.read(key) }
    }
    done(results)
  }
}

/// A free function: a closure made on the main actor must not run on another thread.
private func soundReadingThread(_ reading: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<SoundReading>.fromOpaque(reading!).takeRetainedValue().run()
  return nil
}
