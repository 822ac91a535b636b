// [control] A kernel, and how the audio thread resets it.
import DSP
import ModuleKit

/// What a node holds for one group of its voices.
final class KernelSite {
  /// Newer code may take it over.
  var kernel: Kernel
  private let recovery: UnsafeMutablePointer<FaultRecovery>
  /// The memory that a reset clears.
  private let cleared: UnsafeMutableBufferPointer<UnsafeMutableRawBufferPointer>

  var byteCount: Int { 2 * kernel.stateBytes + kernel.memory.bytes + MemoryLayout<FaultRecovery>.size }

  init(_ kernel: Kernel) {
    self.kernel = kernel
    recovery = .allocate(capacity: 1)
    recovery.initialize(to: FaultRecovery())
    cleared = .allocate(capacity: kernel.memory.cleared.count)
    for (i, part) in kernel.memory.cleared.enumerated() {
      (cleared.baseAddress! + i).initialize(to: UnsafeMutableRawBufferPointer(start: part.base, count: part.bytes))
    }
  }

  deinit {
    recovery.deallocate()
    cleared.deallocate()
  }

  /// What the audio thread needs to reset it.
  func faultSite(of node: NodeInstance, group: Int, isInLoop: Bool) -> FaultSite {
    FaultSite(
      node: node.serial, group: group, state: kernel.state, initial: kernel.initial, stateBytes: kernel.stateBytes,
      // An empty list has no base; nothing is read through it then.
      cleared: cleared.baseAddress ?? UnsafeMutablePointer(
        bitPattern: MemoryLayout<UnsafeMutableRawBufferPointer>.alignment)!,
      clearedCount: cleared.count, outputCount: node.descriptor.outputs.count,
      lanes: node.isPoly ? Voices.count : 1, isInLoop: isInLoop, recovery: recovery)
  }
}
