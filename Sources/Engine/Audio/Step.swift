// [audio] One entry of a plan.
import ModuleKit

/// What is called, on what: nothing is left to look up.
struct Step {
  var process: Process
  var state: UnsafeMutableRawPointer
  var inputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>
  var outputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>
  /// The module step's place in `PlanMemory.faultSites`; −1 for the engine's own steps.
  var site: Int

  @inline(__always) func run(_ context: UnsafePointer<RenderContext>) { process(state, inputs, outputs, context) }
}

/// Where a non-finite sample can come from: a module step, and how to reset it.
struct FaultSite {
  /// The serial of the node.
  var node: Int
  /// Which group of its voices.
  var group: Int
  var state: UnsafeMutableRawPointer
  var initial: UnsafeMutableRawPointer
  var stateBytes: Int
  /// Memory to clear: bases and byte counts.
  var cleared: UnsafeMutablePointer<UnsafeMutableRawBufferPointer>
  var clearedCount: Int
  var outputCount: Int
  /// Values (of 4 bytes) a frame.
  var lanes: Int
  /// Part of a cycle: what it makes comes back to it.
  var isInLoop: Bool
  var guarded: UnsafeMutablePointer<SiteGuard>

  /// Back to the state before the first frame.
  func reset() {
    state.copyMemory(from: initial, byteCount: stateBytes)
    for i in 0..<clearedCount {
      cleared[i].baseAddress!.initializeMemory(as: UInt8.self, repeating: 0, count: cleared[i].count)
    }
  }
}
