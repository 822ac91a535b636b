// [control] Owner of a plan and of everything that it refers to; freed after the audio thread has retired it.
import CRealtime
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

  /// Completes a plan.
  init(id: Int, _ draft: PlanDraft) {
    self.id = id
    graph = draft.request.graph
    handovers = draft.request.handovers
    var builder = draft.removeBuilder()
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

// MARK: Building

/// A plan before it is published. Its order of steps and its signals depend on the graph alone, and are most of the
/// work: that of a large plan, up to 0.3 s, is done on another thread.
final class PlanDraft: @unchecked Sendable {
  let request: PlanRequest
  private let settings: PlanSettings
  private let players: NoteSources
  /// Written by the thread that begins it, read once it is built.
  private var builder: PlanBuilder?
  private let progress = OwnedReference(Atomic<UInt32>(PlanDraft.new))
  private static let new: UInt32 = 0, begun: UInt32 = 1, built: UInt32 = 2
  /// Set on the control thread when another thread has built it.
  var isBuilt = false

  init(_ request: PlanRequest, _ settings: PlanSettings) {
    (self.request, self.settings) = (request, settings)
    players = NoteSources(request.graph)
  }

  deinit { builder?.arena.free() }

  /// From here on it takes some 10 ms.
  var isLarge: Bool {
    let graph = request.graph
    let steps = graph.nodes.reduce(0) { $0 + ($1.instance.isPoly ? graph.groups : 1) }
    return steps + graph.cables.count > 1_024
  }

  /// Builds it, or waits until another thread has. Any thread, while its nodes have the same modules and inputs.
  func build() {
    let progress = progress.reference()
    let (isFirst, seen) = progress.pointee.compareExchange(
      expected: PlanDraft.new, desired: PlanDraft.begun, ordering: .acquiring)
    if isFirst {
      builder = PlanBuilder(request, settings, players)
      progress.pointee.store(PlanDraft.built, ordering: .releasing)
      weft_wake(progress.futex)
    } else if seen == PlanDraft.begun {
      while progress.pointee.load(ordering: .acquiring) == PlanDraft.begun {
        weft_sleep_while(progress.futex, PlanDraft.begun, 1_000_000)
      }
    }
  }

  /// The builder, once.
  fileprivate func removeBuilder() -> PlanBuilder {
    build()
    defer { builder = nil }
    return builder!
  }
}

extension PlanPublisher {
  /// The plan of the first job; nil while another thread builds it, which is then followed by `tick`.
  func builtDraft() -> PlanDraft? {
    if let draft = queue[0].draft { return draft.isBuilt ? draft : nil }
    let settings = PlanSettings(
      weights: engine.weights, sampleRate: engine.sampleRate, threads: engine.threads, isPacked: isPacked)
    let draft = PlanDraft(queue[0].request, settings)
    guard let background, draft.isLarge else { return draft }
    queue[0].draft = draft
    background({ draft.build() }) { [weak self] in
      draft.isBuilt = true
      self?.tick()
    }
    return nil
  }

  /// Ends the work of the other thread on a plan: the modules or inputs of its nodes, which that reads, are about to
  /// change.
  public func finishDraft() { queue.first?.draft?.build() }
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
