// [control] Memory in whole cache lines.

/// The unit of memory that the processor transfers. A line written by two threads moves between their cores, and each
/// waits for it: so each thread's output has lines of its own.
public enum CacheLine {
  public static var bytes: Int { 64 }

  /// Rounds a byte count up to whole cache lines.
  @inlinable
  public static func whole(_ count: Int) -> Int { (max(count, 1) + bytes - 1) & ~(bytes - 1) }

  /// Memory that shares no line with any other.
  @inlinable
  public static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
    .allocate(byteCount: whole(count), alignment: bytes)
  }

  /// Uninitialised memory for values that share no line with others.
  @inlinable
  public static func room<T: ~Copyable>(for count: Int = 1, of type: T.Type) -> UnsafeMutablePointer<T> {
    allocate(count * MemoryLayout<T>.stride).bindMemory(to: T.self, capacity: count)
  }
}
