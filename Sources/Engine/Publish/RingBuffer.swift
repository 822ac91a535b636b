// [control] [audio] Lock-free queue between one writer and one reader.
import Synchronization

/// A lock-free ring buffer of fixed capacity for plain values, with one writer and one reader.
///
/// Inlinable, so that ThreadSanitizer instruments it in a test's own types.
public final class RingBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline let storage: UnsafeMutablePointer<Element>
  @usableFromInline let mask: Int
  /// Elements written since the start; stored by the writer, after the elements.
  @usableFromInline let written = Atomic<Int>(0)
  /// Elements read since the start; stored by the reader, after it is done with them.
  @usableFromInline let read = Atomic<Int>(0)

  /// Capacity must be a power of two.
  @inlinable public init(capacity: Int) {
    precondition(capacity > 0 && capacity & (capacity - 1) == 0)
    storage = .allocate(capacity: capacity)
    mask = capacity - 1
  }
  deinit { storage.deallocate() }

  /// Writer: free places.
  @inlinable public var room: Int { mask + 1 - (written.load(ordering: .relaxed) - read.load(ordering: .acquiring)) }

  /// Writer: returns false, and writes nothing, where the buffer is full.
  @inlinable public func push(_ element: Element) -> Bool {
    guard room > 0 else { return false }
    let at = written.load(ordering: .relaxed)
    (storage + (at & mask)).initialize(to: element)
    written.store(at + 1, ordering: .releasing)
    return true
  }

  /// Writer: writes all, visible to the reader at once, or none.
  @inlinable public func push(all elements: [Element]) -> Bool {
    guard room >= elements.count else { return false }
    let at = written.load(ordering: .relaxed)
    for (i, element) in elements.enumerated() { (storage + ((at + i) & mask)).initialize(to: element) }
    written.store(at + elements.count, ordering: .releasing)
    return true
  }

  /// Writer: whether the reader has read everything.
  @inlinable public var isDrained: Bool { written.load(ordering: .relaxed) == read.load(ordering: .acquiring) }

  /// Reader: elements that can be read now.
  @inlinable public var available: Int { written.load(ordering: .acquiring) - read.load(ordering: .relaxed) }

  /// Reader: the next element, or nil.
  @inlinable public func pop() -> Element? {
    let at = read.load(ordering: .relaxed)
    guard written.load(ordering: .acquiring) > at else { return nil }
    let element = storage[at & mask]
    read.store(at + 1, ordering: .releasing)
    return element
  }
}
