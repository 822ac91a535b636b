// [control] Owner of a plan and of everything that it refers to; freed after the audio thread has retired it.
import ModuleKit
import Synchronization

/// Owns a plan's memory and keeps the nodes and gains in it alive.
final class PlanOwner {
  let id: Int
  let memory: UnsafeMutablePointer<Plan>
  let graph: Graph
  /// Kept alive until the plan has started.
  private var handovers: [Handover]
  private let arena: PlanArena
  private let kernels: [Kernel]
  /// Memory of the plan, without its nodes.
  var byteCount: Int { MemoryLayout<Plan>.size + arena.byteCount }

  /// Compiles a graph.
  init(id: Int, _ request: PlanRequest, _ settings: PlanSettings) {
    self.id = id
    graph = request.graph
    handovers = request.handovers
    var builder = PlanBuilder(request, settings)
    memory = .allocate(capacity: 1)
    memory.initialize(to: builder.build(id: id))
    kernels = builder.kernels
    arena = builder.arena
  }

  /// True if freeing it may take milliseconds.
  var isLarge: Bool { arena.byteCount > 1 << 20 || graph.nodes.count > 512 }

  /// The plan has started: the replaced nodes of one voice are not needed any more.
  func hasStarted() { handovers = [] }

  /// Adds the cost of its nodes since the last call, by serial.
  func addCosts(to sums: inout [Int: Int]) {
    for (i, site) in memory.pointee.sites.enumerated() {
      let cost = memory.pointee.costs[i].exchange(0, ordering: .relaxed)
      if cost > 0 { sums[site.node, default: 0] += cost }
    }
  }

  /// Reads and resets the peak of each output.
  func readPeaks(_ body: (_ serial: Int, _ port: Int, _ peak: Float) -> Void) {
    for site in memory.pointee.sites {
      for port in 0..<site.outputCount {
        let bits = (memory.pointee.peaks + site.firstPeak + port).pointee.exchange(0, ordering: .relaxed)
        body(site.node, port, Float(bitPattern: bits))
      }
    }
  }

  deinit {
    memory.pointee.steps.deinitialize()
    memory.deallocate()
    arena.free()
  }
}
