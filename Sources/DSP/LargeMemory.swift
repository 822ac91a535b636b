// [control] Deallocation of large memory.
import Glibc

/// Frees memory; a large one on a thread of its own, piece by piece, so that no caller waits for it.
///
/// - Parameter base: from `allocate(byteCount:alignment:)`.
public func deallocateInPieces(_ base: UnsafeMutableRawPointer, bytes: Int) {
  guard bytes >= LargeMemory.least else { return base.deallocate() }
  var thread = pthread_t()
  let memory = Unmanaged.passRetained(LargeMemory(base, bytes))
  if pthread_create(&thread, nil, giveBackThread, memory.toOpaque()) == 0 {
    pthread_detach(thread)
  } else {
    memory.release()
    base.deallocate()
  }
}

private final class LargeMemory: Sendable {
  /// The least size that justifies a thread (about 10 ms), and the size of a piece; bytes.
  static let least = 1 << 24, piece = 1 << 22
  nonisolated(unsafe) private let base: UnsafeMutableRawPointer
  private let bytes: Int

  init(_ base: UnsafeMutableRawPointer, _ bytes: Int) { (self.base, self.bytes) = (base, bytes) }

  /// All at once would block other allocations meanwhile, for half a second per gigabyte.
  func free() {
    let page = Int(sysconf(Int32(_SC_PAGESIZE))), first = (Int(bitPattern: base) + page - 1) / page * page
    let end = (Int(bitPattern: base) + bytes) / page * page
    for start in stride(from: first, to: end, by: LargeMemory.piece) {
      madvise(UnsafeMutableRawPointer(bitPattern: start), min(LargeMemory.piece, end - start), MADV_DONTNEED)
    }
    base.deallocate()
  }
}

private func giveBackThread(_ memory: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  Unmanaged<LargeMemory>.fromOpaque(memory!).takeRetainedValue().free()
  return nil
}
