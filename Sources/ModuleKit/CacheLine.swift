// [control] Memory in whole cache lines.

/// What the processor moves at a time. Where two threads write to one line, it goes to and fro between them, and each
/// waits for it: so what a thread renders has lines of its own.
public enum CacheLine {
  public static var bytes: Int { 64 }

  /// As many bytes as the lines have that so many take.
  @inlinable
  public static func whole(_ count: Int) -> Int { (max(count, 1) + bytes - 1) & ~(bytes - 1) }

  /// Memory that shares no line with any other.
  @inlinable
  public static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
    .allocate(byteCount: whole(count), alignment: bytes)
  }

  /// Room for some values that share no line with any others; the caller initialises it.
  @inlinable
  public static func room<T: ~Copyable>(for count: Int = 1, of type: T.Type) -> UnsafeMutablePointer<T> {
    allocate(count * MemoryLayout<T>.stride).bindMemory(to: T.self, capacity: count)
  }
}
