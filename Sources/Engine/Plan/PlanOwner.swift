// [control] Owner of a plan and of everything that it refers to; freed after the audio thread has retired it.
import ModuleKit
import Synchronization

/// Owns a plan's memory and keeps the nodes and gains in it alive.
final class PlanOwner {
  let id: Int
  let memory: Reference<Plan>
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
    memory = .make(builder.build(id: id))
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
        let bits = memory.pointee.peaks[site.firstPeak + port].exchange(0, ordering: .relaxed)
        body(site.node, port, Float(bitPattern: bits))
      }
    }
  }

  deinit {
    memory.free()
    arena.free()
  }
}

// MARK: Freeing

extension PlanPublisher {
  func freeRetiredPlans() {
    while let memory = engine.crossings.retired.pop() {
      let id = memory.pointee.id
      if let i = starting.firstIndex(where: { $0.id == id }) { starting[i].startedAt = memory.pointee.startedAt }
      let plan = plans.removeValue(forKey: id)
      if engine.crossings.isProfiled.load(ordering: .relaxed) { plan?.addCosts(to: &spentCosts) }
      if let plan { free(plan) }
    }
  }

  /// Frees a plan and the nodes that no other one has; on another thread where that takes long.
  private func free(_ plan: PlanOwner) {
    guard let background, plan.isLarge else { return }
    let last = LastReference(plan), returnMemory = returnMemory
    freeing += 1
    background({
      last.release()
      returnMemory?()
    }) { [weak self] in self?.freeing -= 1 }
  }

  /// The last reference to a plan, released on another thread.
  private final class LastReference: @unchecked Sendable {
    private var plan: PlanOwner?
    init(_ plan: PlanOwner) { self.plan = plan }
    func release() { plan = nil }
  }

  func reportStarts() {
    while let plan = starting.first, engine.crossings.activeID.load(ordering: .acquiring) >= plan.id {
      starting.removeFirst()
      plans[plan.id]?.hasStarted()
      guard let ticket = plan.ticket else { continue }
      onSounding(ticket, plan.startedAt ?? plans[plan.id]?.memory.pointee.startedAt ?? engine.frame)
    }
  }
}
