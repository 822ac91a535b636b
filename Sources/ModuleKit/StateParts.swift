// [control] The parts of a module's state, by reflection.
import DSP

/// One stored property of a state, at any depth.
public struct StatePart: Sendable {
  /// Bytes from the beginning of the state.
  var offset: Int
  var size: Int
  var type: any Any.Type
}

/// Types that refer to memory elsewhere: no two kernels share it.
protocol AddressPart {}
extension UnsafePointer: AddressPart {}
extension UnsafeMutablePointer: AddressPart {}
extension UnsafeRawPointer: AddressPart {}
extension UnsafeMutableRawPointer: AddressPart {}
extension UnsafeBufferPointer: AddressPart {}
extension UnsafeMutableBufferPointer: AddressPart {}
extension Unmanaged: AddressPart {}
extension Optional: AddressPart where Wrapped: AddressPart {}

/// The parts of a value in memory; nil where their layout is not that of Swift structs.
@usableFromInline func stateParts<T>(of value: T) -> [StatePart]? {
  var parts: [StatePart] = []
  guard append(value, at: 0, to: &parts) == MemoryLayout<T>.size else { return nil }
  return parts
}

/// Appends the parts of a value; returns its end.
private func append<T>(_ value: T, at offset: Int, to parts: inout [StatePart]) -> Int {
  let mirror = Mirror(reflecting: value)
  let isWhole = value is any AddressPart || value is any SIMD || mirror.children.isEmpty
  guard !isWhole, mirror.displayStyle == .struct || mirror.displayStyle == .tuple else {
    if MemoryLayout<T>.size > 0 { parts.append(StatePart(offset: offset, size: MemoryLayout<T>.size, type: T.self)) }
    return offset + MemoryLayout<T>.size
  }
  var end = offset
  for child in mirror.children {
    end = appendAligned(child.value, at: end, to: &parts)
  }
  return end
}

private func appendAligned(_ value: Any, at offset: Int, to parts: inout [StatePart]) -> Int {
  func open<T>(_ value: T) -> Int {
    let alignment = MemoryLayout<T>.alignment
    let start = (offset + alignment - 1) / alignment * alignment
    // A struct without reflection (imported from C) is one part.
    guard append(value, at: start, to: &parts) == start + MemoryLayout<T>.size else { return -1 }
    return start + MemoryLayout<T>.size
  }
  return offset < 0 ? -1 : _openExistential(value, do: open)
}

/// The parts of a value whose bits are all 0.
func partsOfZero<T: BitwiseCopyable>(_: T.Type) -> [StatePart]? {
  withUnsafeTemporaryAllocation(of: T.self, capacity: 1) { room in
    UnsafeMutableRawBufferPointer(room).initializeMemory(as: UInt8.self, repeating: 0)
    return stateParts(of: room[0])
  }
}
