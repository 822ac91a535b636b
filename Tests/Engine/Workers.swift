import CRealtimeGuard
import Engine
import Glibc

/// Worker threads of an engine.
final class Workers {
  private let engine: Engine
  private var threads: [pthread_t] = []
  /// Sanitizer reports of the stopped ones.
  private(set) var violations = 0

  init(_ engine: Engine) { self.engine = engine }

  private final class Post: Sendable {
    let engine: Engine
    let number: Int
    init(_ engine: Engine, _ number: Int) {
      self.engine = engine
      self.number = number
    }
  }

  func start() {
    precondition(threads.isEmpty)
    engine.admitWorkers()
    let work: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
      let post = Unmanaged<Post>.fromOpaque($0!).takeRetainedValue()
      post.engine.work(as: post.number)
      return UnsafeMutableRawPointer(bitPattern: UInt(weft_guard_thread_violations()))
    }
    for number in 1..<engine.threads {
      var thread = pthread_t()
      precondition(pthread_create(&thread, nil, work, Unmanaged.passRetained(Post(engine, number)).toOpaque()) == 0)
      threads.append(thread)
    }
  }

  func stop() {
    guard !threads.isEmpty else { return }
    engine.dismissWorkers()
    for thread in threads {
      var reported: UnsafeMutableRawPointer?
      pthread_join(thread, &reported)
      violations += Int(bitPattern: reported)
    }
    threads = []
  }
}
