import DSP
import Synchronization

/// Zeroed memory that one thread makes and a node takes: so that a large one holds up nobody.
public final class SpareMemory: @unchecked Sendable {
  public let bytes: Int
  private let base: UnsafeMutableRawPointer
  private let isTaken = Atomic(false)

  /// Touches all of it. Any thread but that of the audio.
  public init(bytes: Int) {
    self.bytes = bytes
    base = .allocate(byteCount: bytes, alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  }

  deinit { if !isTaken.load(ordering: .acquiring) { giveBack(base, bytes: bytes) } }

  /// The memory, which is then the caller's; nil where it is somebody's already.
  func take() -> UnsafeMutableRawPointer? {
    isTaken.exchange(true, ordering: .acquiringAndReleasing) ? nil : base
  }
}
