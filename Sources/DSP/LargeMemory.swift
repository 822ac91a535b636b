// [control] Memory that takes long to give back.
import Glibc

/// Gives memory back; a large one on a thread of its own, piece by piece, so that nobody waits for it.
///
/// - Parameter base: what `allocate(byteCount:alignment:)` gave.
public func giveBack(_ base: UnsafeMutableRawPointer, bytes: Int) {
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
  /// Bytes above which it is worth a thread, about 10 ms; and those that are given back in one go.
  static let least = 1 << 24, piece = 1 << 22
  nonisolated(unsafe) private let base: UnsafeMutableRawPointer
  private let bytes: Int

  init(_ base: UnsafeMutableRawPointer, _ bytes: Int) { (self.base, self.bytes) = (base, bytes) }

  /// All at once would hold up whoever wants memory meanwhile, for half a second a gigabyte.
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
