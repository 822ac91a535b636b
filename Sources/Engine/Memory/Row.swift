// [audio] [control] The fence: references to one value and to rows of values, and their owners. No other folder of the
// engine spells an unsafe pointer.
//
// Memory is allocated and freed by the control side; both sides reach it by these values, which are copied freely and
// own nothing. Places are checked in debug builds.
import ModuleKit
import Synchronization

/// One value in memory.
@usableFromInline package struct Reference<Value: ~Copyable>: BitwiseCopyable {
  @usableFromInline package let pointer: UnsafeMutablePointer<Value>

  @inlinable @inline(__always) package init(_ pointer: UnsafeMutablePointer<Value>) { self.pointer = pointer }
  /// For memory that is only read.
  @inline(__always) init(_ pointer: UnsafePointer<Value>) { self.pointer = UnsafeMutablePointer(mutating: pointer) }

  @inlinable package var pointee: Value {
    @inline(__always) unsafeAddress { UnsafePointer(pointer) }
    @inline(__always) nonmutating unsafeMutableAddress { pointer }
  }

  /// [control] Allocates a value; `free` ends it.
  package static func make(_ value: consuming Value) -> Reference {
    let pointer = UnsafeMutablePointer<Value>.allocate(capacity: 1)
    pointer.initialize(to: value)
    return Reference(pointer)
  }

  /// [control] Allocates a value that shares no cache line with any other.
  @inlinable package static func makeInLine(_ value: consuming Value) -> Reference {
    let pointer = CacheLine.room(of: Value.self)
    pointer.initialize(to: value)
    return Reference(pointer)
  }

  /// [control] Deinitialises and deallocates the value.
  @inlinable package func free() {
    pointer.deinitialize(count: 1)
    pointer.deallocate()
  }

  /// The same memory as the value's first stored property.
  func first<Property>(_: Property.Type) -> Reference<Property> {
    Reference<Property>(UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Property.self))
  }
}

extension Reference where Value: ~Copyable {
  /// One element of an array.
  @inline(__always) func element<let count: Int, Element>(_ i: Int) -> Reference<Element>
  where Value == InlineArray<count, Element> {
    assert(i >= 0 && i < count)
    return Reference<Element>(UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Element.self) + i)
  }
}

extension Reference where Value == Atomic<UInt32> {
  /// The word on which threads sleep.
  var futex: UnsafePointer<UInt32> { UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt32.self) }
}

/// A fixed number of adjacent values.
@usableFromInline package struct Row<Element: ~Copyable>: BitwiseCopyable {
  @usableFromInline let base: UnsafeMutablePointer<Element>
  @usableFromInline package let count: Int

  @inlinable @inline(__always) package init(_ base: UnsafeMutablePointer<Element>, count: Int) {
    self.base = base
    self.count = count
  }

  /// No values.
  static var empty: Row { Row(UnsafeMutablePointer(bitPattern: MemoryLayout<Element>.alignment)!, count: 0) }

  @inlinable package subscript(i: Int) -> Element {
    @inline(__always) unsafeAddress {
      check(i)
      return UnsafePointer(base + i)
    }
    @inline(__always) nonmutating unsafeMutableAddress {
      check(i)
      return base + i
    }
  }

  @inlinable @inline(__always) func check(_ i: Int) { assert(i >= 0 && i < count, "\(i) of \(count)") }

  @inlinable package var isEmpty: Bool { count == 0 }

  /// One of the values.
  @inline(__always) package func reference(to i: Int) -> Reference<Element> {
    check(i)
    return Reference(base + i)
  }

  /// The values from `start` on.
  @inline(__always) package func part(from start: Int, count: Int) -> Row {
    assert(start >= 0 && count >= 0 && start + count <= self.count, "\(start) and \(count) of \(self.count)")
    return Row(base + start, count: count)
  }

  /// The values from `start` to the end.
  @inline(__always) func rest(from start: Int) -> Row { part(from: start, count: count - start) }

  /// Calls `body` for the values of a range, in order.
  @inline(__always) package func each(from start: Int, to end: Int, _ body: (Reference<Element>) -> Void) {
    assert(start >= 0 && end <= count, "\(start) to \(end) of \(count)")
    var at = base + start
    let end = base + end
    while at < end {
      body(Reference(at))
      at += 1
    }
  }

  /// [control] Allocates uninitialised values; `free` ends them.
  @inlinable package static func room(for count: Int) -> Row { Row(.allocate(capacity: count), count: count) }

  /// [control] The same, sharing no cache line with any other memory.
  @inlinable package static func lines(for count: Int) -> Row {
    Row(CacheLine.room(for: count, of: Element.self), count: count)
  }

  /// [control] Initialises each value.
  @inlinable package func initialize(_ value: (_ i: Int) -> Element) -> Row {
    for i in 0..<count { (base + i).initialize(to: value(i)) }
    return self
  }

  /// Initialises one value.
  @inlinable @inline(__always) package func initialize(_ i: Int, to value: consuming Element) {
    check(i)
    (base + i).initialize(to: value)
  }

  /// [control] Deinitialises and deallocates the values.
  @inlinable package func free() {
    base.deinitialize(count: count)
    base.deallocate()
  }
}

extension Row where Element: Copyable {
  /// Sets the first values, or all, to one.
  @inline(__always) package func fill(with value: Element, count: Int? = nil) {
    assert(count ?? 0 <= self.count)
    base.initialize(repeating: value, count: count ?? self.count)
  }

  /// [control] Initialises the values, as many as there are.
  package func initialize(from values: [Element]) -> Row {
    precondition(values.count == count)
    _ = UnsafeMutableBufferPointer(start: base, count: count).initialize(fromContentsOf: values)
    return self
  }

  /// Copies the first values of another row.
  @inline(__always) package func copy(_ other: Row, count: Int) {
    assert(count <= self.count && count <= other.count, "\(count) of \(other.count) to \(self.count)")
    base.update(from: other.base, count: count)
  }

  /// For callers that take a buffer.
  package var buffer: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }

  /// A vector of values from `i` on, whatever its alignment.
  @inline(__always) func vector<Vector: BitwiseCopyable>(_: Vector.Type, at i: Int) -> Vector {
    assert(
      i >= 0 && i * MemoryLayout<Element>.stride + MemoryLayout<Vector>.size <= count * MemoryLayout<Element>.stride)
    return UnsafeRawPointer(base + i).loadUnaligned(as: Vector.self)
  }

  @inline(__always) func store<Vector: BitwiseCopyable>(_ vector: Vector, at i: Int) {
    assert(
      i >= 0 && i * MemoryLayout<Element>.stride + MemoryLayout<Vector>.size <= count * MemoryLayout<Element>.stride)
    UnsafeMutableRawPointer(base + i).storeBytes(of: vector, as: Vector.self)
  }
}

extension Row: Sequence, Collection, RandomAccessCollection where Element: Copyable {
  @inlinable package var startIndex: Int { 0 }
  @inlinable package var endIndex: Int { count }
  @inlinable package func makeIterator() -> UnsafeMutableBufferPointer<Element>.Iterator {
    UnsafeMutableBufferPointer(start: base, count: count).makeIterator()
  }
}

/// Owner of one value.
///
/// It is written through `reference()`, a function: a change through a property of an owner counts as a change of the
/// owner itself for ThreadSanitizer, while other threads read where its value lies.
package struct OwnedReference<Value: ~Copyable>: ~Copyable {
  private let owned: Reference<Value>

  package init(_ value: consuming Value) { owned = .make(value) }
  /// In a cache line of its own.
  package init(inLine value: consuming Value) { owned = .makeInLine(value) }
  deinit { owned.free() }

  @inline(__always) package func reference() -> Reference<Value> { owned }
  package var pointee: Value { @inline(__always) unsafeAddress { UnsafePointer(owned.pointer) } }
}

/// Owner of a row, which is written through `row()`, for the same reason.
package struct OwnedRow<Element: ~Copyable>: ~Copyable {
  private let owned: Row<Element>

  /// Takes a row over whose values are initialised, or need not be.
  package init(_ row: Row<Element>) { owned = row }
  package init(count: Int, _ value: (_ i: Int) -> Element) { owned = Row.room(for: count).initialize(value) }
  deinit { owned.free() }

  @inline(__always) package func row() -> Row<Element> { owned }
  package subscript(i: Int) -> Element {
    @inline(__always) unsafeAddress { UnsafePointer(owned.reference(to: i).pointer) }
  }
}

extension OwnedRow where Element: Copyable {
  package init(repeating value: Element, count: Int) {
    owned = .room(for: count)
    owned.fill(with: value)
  }
}
