import CLoop
import Engine
import Glibc

/// Memory of the whole process.
public enum ProcessMemory {
  /// Bytes in physical memory; 0 where the system does not say.
  public static var bytes: Int {
    let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    let text = withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
      let count = read(file, buffer.baseAddress, buffer.count)
      return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
    }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
  }

  /// Has the allocator return large blocks to the system as soon as they are freed; called before others allocate.
  public static func returnLargeBlocks() { weft_return_blocks(256 << 10) }

  /// Returns what small blocks have left free. Takes milliseconds.
  public static func trim() { weft_trim_memory() }
}

extension Session {
  /// Bounds the memory of the process.
  public func limitMemory(to bytes: Int) {
    plans.memoryLimit = bytes
    plans.usedMemory = { ProcessMemory.bytes }
    plans.returnMemory = { ProcessMemory.trim() }
  }

  /// Allocates and frees large patches on another thread from now on: their commits are done later than requested.
  public func allocateLargePatches(beside loop: ControlLoop) {
    let thread = BackgroundThread()
    plans.background = { work, done in
      // Called on the loop's thread, as everything of the session.
      nonisolated(unsafe) let done = done
      thread.run {
        work()
        loop.post { done() }
      }
    }
  }
}
