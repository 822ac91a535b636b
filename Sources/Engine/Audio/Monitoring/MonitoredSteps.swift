// [audio] Steps whose outputs and costs are measured: meters, scopes, levels, probes, profiling; peaks of every output.
import CRealtime
import DSP
import ModuleKit
import Synchronization

extension AudioState {
  /// True if outputs of nodes are passed to meters or scopes.
  var showsNodes: Bool { meters.nodeCount > 0 || scopes.nodeCount > 0 }

  /// Returns true in the first block after a reading of the peaks: constant outputs, whose steps are skipped otherwise,
  /// are then measured once more.
  func hasNewReading() -> Bool {
    guard crossings.measuresLevels.load(ordering: .relaxed) else { return false }
    let reading = crossings.levelReadings.load(ordering: .acquiring)
    defer { measuredReading = reading }
    return reading != measuredReading
  }

  /// True if levels or inputs are measured.
  var isTapped: Bool { crossings.measuresLevels.load(ordering: .relaxed) || probes.count > 0 }

  /// Measures output levels and probed inputs of a step.
  func tap(
    _ step: Step, in plan: Reference<Plan>, _ context: Reference<RenderContext>, thread: Int
  ) {
    if crossings.measuresLevels.load(ordering: .relaxed) { OutputLevels.measure(step, in: plan, context) }
    if probes.count > 0 { probes.measure(step, in: plan, context, thread: thread) }
  }

  /// Passes the outputs of a node to meters and scopes.
  func show(_ step: Step, _ site: FaultSite, _ context: Reference<RenderContext>, thread: Int) {
    if meters.nodeCount > 0 { meters.measure(step, site, frames: context.pointee.frames, thread: thread) }
    if scopes.nodeCount > 0 { scopes.record(step, site, context, thread: thread) }
  }
}

extension PlanPass {
  /// Runs the steps of all selected runs and calls `tap` after each module.
  @inline(__always)
  func run(_ plan: Reference<Plan>, _ context: Reference<RenderContext>, tap: (Step) -> Void) {
    let steps = plan.pointee.steps
    eachRun { run in
      for i in run.first..<run.end {
        steps[i].run(context)
        if steps[i].site >= 0 { tap(steps[i]) }
      }
    }
  }

  /// Runs the steps. While profiling, the clock is read after each module: the engine's steps before a module count as
  /// its cost, those after the last module as the last one's. Outputs are passed to monitors before other steps read
  /// them (of a pack, node by node where a monitor asks); that is not measured. A step is tapped afterwards.
  func run(
    _ plan: Reference<Plan>, _ context: Reference<RenderContext>, isMeasured: Bool, isShown: Bool,
    wants: (FaultSite) -> Bool, tap: (Step) -> Void, _ show: (Step, FaultSite) -> Void
  ) {
    let steps = plan.pointee.steps
    var last = -1, before = isMeasured ? weft_nanoseconds() : 0
    eachRun { run in
      for i in run.first..<run.end {
        steps[i].run(context)
        guard steps[i].site >= 0 else { continue }
        if isMeasured {
          let now = weft_nanoseconds()
          last = steps[i].site
          PlanPass.charge(Int(now &- before), to: last, in: plan)
          before = now
        }
        guard isShown else { continue }
        PlanPass.eachNode(of: steps[i], in: plan, context.pointee.frames, wants: wants, show)
        tap(steps[i])
        if isMeasured { before = weft_nanoseconds() }
      }
    }
    if last >= 0 { PlanPass.charge(Int(weft_nanoseconds() &- before), to: last, in: plan) }
  }

  /// Calls `body` for a node, or for each of the eight nodes of a pack as if rendered alone.
  private static func eachNode(
    of step: Step, in plan: Reference<Plan>, _ frames: Int, wants: (FaultSite) -> Bool,
    _ show: (Step, FaultSite) -> Void
  ) {
    let sites = plan.pointee.sites.rest(from: step.site)
    guard sites[0].isPacked else { return show(step, sites[0]) }
    let pack = step.state.reference(to: PackStep.self)
    for lane in 0..<Voices.count where wants(sites[lane]) {
      pack.pointee.show(lane, of: step.outputs, frames) { show($0, sites[lane]) }
    }
  }

  /// Adds a cost to a site; the eight nodes of a pack share it equally, and so do the nodes of a chain.
  private static func charge(_ nanoseconds: Int, to site: Int, in plan: Reference<Plan>) {
    let count = plan.pointee.sites[site].isPacked ? Voices.count : plan.pointee.sites[site].chainCount
    for i in 0..<count { plan.pointee.costs[site + i].add(nanoseconds / count, ordering: .relaxed) }
  }
}

/// The peak of each output of a plan since the control thread last read it.
///
/// A site is rendered by one thread in a block, so each peak has one writer. The control thread resets a peak as it
/// reads it; where that crosses a write, the peak counts for the next reading, too.
enum OutputLevels {
  /// Bit patterns of magnitudes, which order as the magnitudes do.
  typealias Peak = Atomic<UInt32>

  /// [control] Assigns each site of a plan the index of its first peak.
  static func numbered(_ sites: [FaultSite]) -> (sites: [FaultSite], count: Int) {
    var sites = sites, count = 0
    for i in sites.indices {
      sites[i].firstPeak = count
      count += sites[i].outputCount
    }
    return (sites, count)
  }

  /// Raises the peaks of a module step's outputs: one node, a group of its voices, or a pack of nodes.
  static func measure(_ step: Step, in plan: Reference<Plan>, _ context: Reference<RenderContext>) {
    let sites = plan.pointee.sites.rest(from: step.site), peaks = plan.pointee.peaks
    let isPacked = sites[0].isPacked, lanes = isPacked ? Voices.count : sites[0].lanes
    let voices = context.pointee.voices - sites[0].group * Voices.count
    for port in 0..<sites[0].outputCount {
      let level = OutputLevels.level(step.outputs[port], isWide: lanes > 1, context)
      if isPacked {
        for lane in 0..<Voices.count { raise(peaks.reference(to: sites[lane].firstPeak + port), to: level[lane]) }
        continue
      }
      var peak: Float = 0
      for lane in 0..<(lanes > 1 ? min(lanes, max(voices, 0)) : Voices.count) { peak = max(peak, level[lane]) }
      raise(peaks.reference(to: sites[0].firstPeak + port), to: peak)
    }
  }

  /// The greatest magnitude in each lane; a mono signal is spread over the lanes. NaN is left out.
  @inline(__always)
  private static func level(
    _ cell: Reference<SignalCell>, isWide: Bool, _ context: Reference<RenderContext>
  ) -> Voices {
    let frames = cell.pointee.mask == 0 ? 1 : context.pointee.frames
    let values = cell.pointee.row(frames: frames, lanes: isWide ? Voices.count : 1)
    // Between grid points nothing was written; an output without readers is on the grid, too.
    if cell.pointee.isOnGrid && frames > 1 {
      let first = -context.pointee.frame & (gridFrames - 1)
      var peaks = first > 0 ? .maximum(magnitude(values, at: 0, isWide), Voices(0)) : Voices(0)
      for i in stride(from: first, to: frames, by: gridFrames) {
        peaks = .maximum(magnitude(values, at: i, isWide), peaks)
      }
      return peaks
    }
    if isWide { return greatest(values, vectors: frames) }
    let whole = frames / Voices.count
    var peaks = greatest(values, vectors: whole)
    for i in whole * Voices.count..<frames { peaks = .maximum(magnitude(values, at: i, false), peaks) }
    return peaks
  }

  /// The greatest magnitude in each lane of consecutive vectors, in four independent chains of instructions.
  @inline(__always)
  private static func greatest(_ values: Row<Float>, vectors count: Int) -> Voices {
    var a = Voices(0), b = a, c = a, d = a, i = 0
    while i + 4 <= count {
      a = .maximum(magnitude(values, at: i, true), a)
      b = .maximum(magnitude(values, at: i + 1, true), b)
      c = .maximum(magnitude(values, at: i + 2, true), c)
      d = .maximum(magnitude(values, at: i + 3, true), d)
      i += 4
    }
    while i < count {
      a = .maximum(magnitude(values, at: i, true), a)
      i += 1
    }
    return .maximum(.maximum(a, b), .maximum(c, d))
  }

  @inline(__always)
  private static func magnitude(_ values: Row<Float>, at i: Int, _ isWide: Bool) -> Voices {
    .magnitude(
      isWide ? values.vector(Voices.self, at: i * Voices.count) : Voices(values[i]))
  }

  @inline(__always) private static func raise(_ peak: Reference<Peak>, to level: Float) {
    if level.bitPattern > peak.pointee.load(ordering: .relaxed) {
      peak.pointee.store(level.bitPattern, ordering: .relaxed)
    }
  }
}

/// Magnitudes of samples.
enum Peaks {
  /// The greatest magnitude; infinite where a value is not finite.
  static func peak(of values: Row<Float>) -> Float {
    var most = SIMD8<UInt32>(repeating: 0), rest: UInt32 = 0
    let count = values.count, whole = count & ~7
    var i = 0
    while i < whole {
      most = pointwiseMax(most, values.vector(SIMD8<UInt32>.self, at: i) & magnitude)
      i += 8
    }
    while i < count {
      rest = max(rest, values[i].bitPattern & magnitude)
      i += 1
    }
    return level(ofMagnitude: max(most.max(), rest))
  }

  /// Copies values and zeroes the source in one pass; returns the greatest magnitude.
  static func move(_ from: Row<Float>, to: Row<Float>) -> UInt32 {
    var most = SIMD8<UInt32>(repeating: 0), rest: UInt32 = 0
    let count = from.count, whole = count & ~7
    var i = 0
    while i < whole {
      let bits = from.vector(SIMD8<UInt32>.self, at: i)
      from.store(SIMD8<UInt32>(repeating: 0), at: i)
      to.store(bits, at: i)
      most = pointwiseMax(most, bits & magnitude)
      i += 8
    }
    while i < count {
      rest = max(rest, from[i].bitPattern & magnitude)
      to[i] = from[i]
      from[i] = 0
      i += 1
    }
    return max(most.max(), rest)
  }

  // Without their sign, floats order as their bits do, and non-finite values come last.
  private static let magnitude: UInt32 = 0x7fff_ffff
  static func level(ofMagnitude bits: UInt32) -> Float {
    bits >= 0x7f80_0000 ? .infinity : Float(bitPattern: bits)
  }
}
