import DSP
import Synchronization

/// Zeroed memory that one thread allocates and a node adopts, so that a large one blocks no other thread.
public final class SpareMemory: @unchecked Sendable {
  public let bytes: Int
  private let base: UnsafeMutableRawPointer
  private let isClaimed = Atomic(false)

  /// Touches all of it. Any thread but the audio thread.
  public init(bytes: Int) {
    self.bytes = bytes
    base = .allocate(byteCount: bytes, alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  }

  deinit { if !isClaimed.load(ordering: .acquiring) { deallocateInPieces(base, bytes: bytes) } }

  /// Returns the memory, which then belongs to the caller; nil where it is in use.
  func claim() -> UnsafeMutableRawPointer? {
    isClaimed.exchange(true, ordering: .acquiringAndReleasing) ? nil : base
  }
}
