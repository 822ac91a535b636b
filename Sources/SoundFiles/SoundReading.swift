import Glibc
import ModuleKit
import PatchKit

extension SoundLibrary {
  /// A requested sound.
  public struct Wanted {
    var name: String
    var rate: Double?
    var preparation: Preparation?

    public init(_ name: String, rate: Double?, preparation: Preparation? = nil) {
      (self.name, self.rate, self.preparation) = (name, rate, preparation)
    }
  }
  /// Preparation of a sound by a module.
  public struct Preparation: Sendable {
    var module: String
    var cut: Int
    var make: @Sendable (SoundBuffer) -> Void

    /// - Parameter cut: frames of a cycle by which it is cut.
    public init(module: String, cut: Int = 0, _ make: @escaping @Sendable (SoundBuffer) -> Void) {
      (self.module, self.cut, self.make) = (module, cut, make)
    }
  }
}

/// Reads sound files on a thread of its own.
final class SoundReading: Sendable {
  typealias Results = [SoundLibrary.Key: Result<SoundBuffer, PatchError>]
  /// A sound already in memory, and the preparations to make.
  struct Task: Sendable {
    var known: SoundBuffer?
    var preparations: [SoundLibrary.Preparation] = []
  }
  private let tasks: [SoundLibrary.Key: Task]
  private let done: @Sendable (Results) -> Void

  /// - Parameter done: called on that thread.
  init(_ tasks: [SoundLibrary.Key: Task], done: @escaping @Sendable (Results) -> Void) {
    (self.tasks, self.done) = (tasks, done)
  }

  /// If no thread can be started, the caller reads and waits.
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
    for (key, task) in tasks {
      results[key] = Result { () throws(PatchError) in
        let buffer = if let known = task.known { known } else { try SoundLibrary.read(key) }
        for preparation in task.preparations {
          buffer.prepare(for: preparation.module, cut: preparation.cut, preparation.make)
        }
        return buffer
      }
    }
    done(results)
  }
}

/// A free function: a closure made on the main actor must not run on another thread.
private func soundReadingThread(_ reading: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<SoundReading>.fromOpaque(reading!).takeRetainedValue().run()
  return nil
}
