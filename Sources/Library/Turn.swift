// [audio] [control] A check that threads take turns.
import Synchronization

/// Ends the program where two threads call an object at once, in place of a damaged state. Costs two atomic operations.
final class Turn: Sendable {
  private let isTaken = Atomic<Bool>(false)
  private let name: StaticString

  init(_ name: StaticString) { self.name = name }

  @inline(__always)
  func alone<Result>(_ body: () -> Result) -> Result {
    precondition(
      !isTaken.exchange(true, ordering: .acquiring),
      "two threads call one \(name) at the same time: they must take turns")
    defer { isTaken.store(false, ordering: .releasing) }
    return body()
  }
}
