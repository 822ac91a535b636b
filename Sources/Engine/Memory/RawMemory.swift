// [audio] [control] The fence: memory without a type. States of kernels, and buffers as wide as a node.
import DSP
import ModuleKit

/// An address. Its user knows how much is there, and what.
package struct RawMemory: BitwiseCopyable {
  let pointer: UnsafeMutableRawPointer

  @inline(__always) init(_ pointer: UnsafeMutableRawPointer) { self.pointer = pointer }
  /// For memory that is only read.
  @inline(__always) init(_ pointer: UnsafeRawPointer) { self.pointer = UnsafeMutableRawPointer(mutating: pointer) }
  @inline(__always) init<Value: ~Copyable>(_ reference: Reference<Value>) {
    pointer = UnsafeMutableRawPointer(reference.pointer)
  }
  @inline(__always) init<Element: ~Copyable>(_ row: Row<Element>) { pointer = UnsafeMutableRawPointer(row.base) }

  /// [control] Allocates zeroed cache lines; `free` ends them.
  package static func zeros(bytes: Int) -> RawMemory {
    let pointer = CacheLine.allocate(bytes)
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    return RawMemory(pointer)
  }

  /// [control]
  package func free() { pointer.deallocate() }

  @inline(__always) static func + (memory: RawMemory, bytes: Int) -> RawMemory { RawMemory(memory.pointer + bytes) }

  /// The next address that begins a cache line.
  var nextLine: RawMemory { RawMemory(pointer.alignedUp(toMultipleOf: CacheLine.bytes)) }

  /// The value at this address, which is of that type.
  @inline(__always) package func reference<Value: ~Copyable>(to _: Value.Type) -> Reference<Value> {
    Reference(pointer.assumingMemoryBound(to: Value.self))
  }

  /// The values from this address on, which are of that type.
  @inline(__always) package func row<Element: ~Copyable>(of _: Element.Type, count: Int) -> Row<Element> {
    Row(pointer.assumingMemoryBound(to: Element.self), count: count)
  }

  /// [control] Initialises a value at this address.
  func make<Value>(_ value: Value) -> Reference<Value> {
    let place = pointer.bindMemory(to: Value.self, capacity: 1)
    place.initialize(to: value)
    return Reference(place)
  }

  @inline(__always) func load<Value: BitwiseCopyable>(_: Value.Type, at byte: Int) -> Value {
    UnsafeRawPointer(pointer + byte).loadUnaligned(as: Value.self)
  }

  @inline(__always) func store<Value: BitwiseCopyable>(_ value: Value, at byte: Int) {
    pointer.storeBytes(of: value, toByteOffset: byte, as: Value.self)
  }

  @inline(__always) func copy(_ other: RawMemory, bytes: Int) {
    pointer.copyMemory(from: other.pointer, byteCount: bytes)
  }

  @inline(__always) func clear(bytes: Int) { pointer.initializeMemory(as: UInt8.self, repeating: 0, count: bytes) }
}

/// Memory of known size.
struct RawBlock: BitwiseCopyable {
  var memory: RawMemory
  var bytes: Int

  func clear() { memory.clear(bytes: bytes) }
}
