// [control] Memory that is freed together.
import ModuleKit

/// The blocks that a plan consists of.
struct PlanArena {
  private var blocks: [UnsafeMutableRawPointer] = []
  private(set) var byteCount = 0

  /// Room for so many; the caller initialises it.
  mutating func room<T>(for count: Int, of type: T.Type) -> UnsafeMutableBufferPointer<T> {
    let block = UnsafeMutableBufferPointer<T>.allocate(capacity: count)
    if let base = block.baseAddress { blocks.append(UnsafeMutableRawPointer(base)) }
    byteCount += count * MemoryLayout<T>.stride
    return block
  }

  mutating func copy<T>(of elements: [T]) -> UnsafeMutableBufferPointer<T> {
    let block = room(for: elements.count, of: T.self)
    _ = block.initialize(from: elements)
    return block
  }

  /// Zeroed bytes in cache lines of their own.
  mutating func bytes(_ count: Int) -> UnsafeMutableRawPointer {
    let block = CacheLine.allocate(count), whole = CacheLine.whole(count)
    block.initializeMemory(as: UInt8.self, repeating: 0, count: whole)
    blocks.append(block)
    byteCount += whole
    return block
  }

  func free() { for block in blocks { block.deallocate() } }
}
