// [control] [audio] Lock-free queue between one writer and one reader.
import ModuleKit
import Synchronization

/// A lock-free ring buffer of fixed capacity for plain values, with one writer and one reader.
///
/// Inlinable, so that ThreadSanitizer instruments it in a test's own types.
public final class RingBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  @usableFromInline let storage: UnsafeMutablePointer<Element>
  @usableFromInline let mask: Int
  // Each counter has a cache line of its own: the line that one thread writes does not leave the other's processor.
  /// Elements ever written; stored by the writer, after the elements.
  @usableFromInline let written: UnsafeMutablePointer<Atomic<Int>>
  /// Elements ever read; stored by the reader, after it is done with them.
  @usableFromInline let read: UnsafeMutablePointer<Atomic<Int>>

  /// Capacity must be a power of two.
  @inlinable public init(capacity: Int) {
    precondition(capacity > 0 && capacity & (capacity - 1) == 0)
    storage = .allocate(capacity: capacity)
    mask = capacity - 1
    written = CacheLine.room(of: Atomic<Int>.self)
    written.initialize(to: Atomic(0))
    read = CacheLine.room(of: Atomic<Int>.self)
    read.initialize(to: Atomic(0))
  }
  deinit {
    storage.deallocate()
    written.deallocate()
    read.deallocate()
  }

  /// Writer: room for this many more.
  @inlinable public var room: Int {
    mask + 1 - (written.pointee.load(ordering: .relaxed) - read.pointee.load(ordering: .acquiring))
  }

  /// Writer: returns false, and writes nothing, where the buffer is full.
  @inlinable public func push(_ element: Element) -> Bool {
    guard room > 0 else { return false }
    let at = written.pointee.load(ordering: .relaxed)
    (storage + (at & mask)).initialize(to: element)
    written.pointee.store(at + 1, ordering: .releasing)
    return true
  }

  /// Writer: writes all, visible to the reader at once, or none.
  @inlinable public func push(all elements: [Element]) -> Bool {
    guard room >= elements.count else { return false }
    let at = written.pointee.load(ordering: .relaxed)
    for (i, element) in elements.enumerated() { (storage + ((at + i) & mask)).initialize(to: element) }
    written.pointee.store(at + elements.count, ordering: .releasing)
    return true
  }

  /// Writer: whether the reader has taken everything.
  @inlinable public var isDrained: Bool {
    written.pointee.load(ordering: .relaxed) == read.pointee.load(ordering: .acquiring)
  }

  /// Reader: how many there are to read now.
  @inlinable public var available: Int {
    written.pointee.load(ordering: .acquiring) - read.pointee.load(ordering: .relaxed)
  }

  /// Reader: one of those that are available, 0 being the next, without removing it.
  @inlinable public func peek(_ index: Int) -> Element {
    storage[(read.pointee.load(ordering: .relaxed) + index) & mask]
  }

  /// Reader: the next element, or nil.
  @inlinable public func pop() -> Element? {
    let at = read.pointee.load(ordering: .relaxed)
    guard written.pointee.load(ordering: .acquiring) > at else { return nil }
    let element = storage[at & mask]
    read.pointee.store(at + 1, ordering: .releasing)
    return element
  }
}
