// State of one voice, copied into a lane of eight.
import DSP

/// A copy of values: contiguous, or each into the first of eight lanes.
public struct StateCopy {
  public let from: UnsafeRawPointer
  public let to: UnsafeMutableRawPointer
  /// Words of four bytes if into lanes; otherwise bytes.
  public let count: Int
  public let isLane: Bool

  public init(from: UnsafeRawPointer, to: UnsafeMutableRawPointer, count: Int, isLane: Bool) {
    self.from = from
    self.to = to
    self.count = count
    self.isLane = isLane
  }

  /// Bytes read.
  public var bytes: Int { isLane ? 4 * count : count }
}

extension Kernel {
  /// [control] The copies after which lane 0 of `eight` continues from the state of this kernel, which renders one
  /// voice.
  ///
  /// - Returns: nil where the two have different state.
  public func copies(intoLanesOf eight: Kernel) -> [StateCopy]? {
    guard let parts = parts(), let others = eight.parts(), memory.blocks.count == eight.memory.blocks.count,
      var copies = StateCopy.pairs(parts, state, others, eight.state)
    else { return nil }
    for (block, other) in zip(memory.blocks, eight.memory.blocks) {
      guard let more = block.copies(intoLanesOf: other) else { return nil }
      copies += more
    }
    return copies
  }
}

extension StateCopy {
  /// Pairs the parts; nil where they differ.
  fileprivate static func pairs(
    _ parts: [StatePart], _ from: UnsafeRawPointer, _ others: [StatePart], _ to: UnsafeMutableRawPointer
  ) -> [StateCopy]? {
    guard parts.count == others.count else { return nil }
    var copies: [StateCopy] = []
    for (part, other) in zip(parts, others) {
      if part.type is any AddressPart.Type, other.type is any AddressPart.Type { continue }
      let isLane = part.isLane(of: other)
      guard isLane || part.type == other.type else { return nil }
      copies.append(
        StateCopy(
          from: from + part.offset, to: to + other.offset, count: isLane ? 1 : part.size, isLane: isLane))
    }
    return copies
  }
}

extension StatePart {
  fileprivate func isLane(of other: StatePart) -> Bool {
    type == Float.self && other.type == Voices.self || type == Float.Bits.self && other.type == Voices.Bits.self
  }
}

extension NodeMemory.Block {
  /// Limit of copies for elements with several parts, which are copied one by one.
  private static let mostCopies = 4_096

  fileprivate func copies(intoLanesOf other: NodeMemory.Block) -> [StateCopy]? {
    if type == other.type {
      // An array with a row per lane starts with the row of the first lane.
      guard count == other.count || Voices.count * count == other.count else { return nil }
      return [StateCopy(from: base, to: other.base, count: count * stride, isLane: false)]
    }
    guard count == other.count, let parts = parts(), let others = other.parts() else { return nil }
    let areLanes = parts.count == others.count && zip(parts, others).allSatisfy { $0.isLane(of: $1) }
    if areLanes && stride == 4 * parts.count && other.stride == Voices.count * stride {
      return [StateCopy(from: base, to: other.base, count: count * parts.count, isLane: true)]
    }
    guard count * parts.count <= Self.mostCopies else { return nil }
    var copies: [StateCopy] = []
    for i in 0..<count {
      guard let more = StateCopy.pairs(parts, base + i * stride, others, other.base + i * other.stride) else {
        return nil
      }
      copies += more
    }
    return copies
  }
}

extension StateCopy {
  /// [audio] Performs the whole copy.
  public func perform() { perform(0, count) }

  /// [audio] Performs a part: words into lanes, otherwise bytes.
  @inline(__always) public func perform(_ first: Int, _ end: Int) {
    guard isLane else { return (to + first).copyMemory(from: from + first, byteCount: end - first) }
    let words = from.assumingMemoryBound(to: UInt32.self), lanes = to.assumingMemoryBound(to: UInt32.self)
    for i in first..<end { lanes[Voices.count * i] = words[i] }
  }
}
