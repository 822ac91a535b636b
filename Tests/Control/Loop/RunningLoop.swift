import Control
import Foundation

/// A loop on its own thread, for the lifetime of this object.
final class RunningLoop {
  let loop = ControlLoop()
  private let finished = DispatchSemaphore(value: 0)

  init() {
    Thread.detachNewThread { [loop, finished] in
      loop.run()
      finished.signal()
    }
  }

  /// Runs the body on the loop's thread and waits for its result.
  func call<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
    let done = DispatchSemaphore(value: 0)
    let box = Box<Swift.Result<Result, any Error>?>(nil)
    loop.post {
      box.value = Swift.Result(catching: body)
      done.signal()
    }
    done.wait()
    return try box.value!.get()
  }

  func stop() {
    loop.stop()
    finished.wait()
  }
}

/// Carries values confined to the loop's thread through code of other threads.
final class Box<Value>: @unchecked Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
}
