// [audio] Sample histories of observed signals.
import DSP
import ModuleKit
import Synchronization

/// The last two thirds of a second of a few signals. The audio thread writes and counts, the control thread copies the
/// newest frames; neither waits.
final class ScopeBank: @unchecked Sendable {
  /// Signals that can be observed at a time.
  static let slots = 32
  /// Frames kept per signal.
  static let capacity = 1 << 15
  /// Frames that can be copied: the audio thread may write over the oldest meanwhile.
  static let longest = capacity / 2
  /// Serial number of the whole output, the channel as the port.
  static let outputs = -2
  private static let unused = -3

  private struct Slot {
    var serial = ScopeBank.unused
    var port = 0
    /// Frames written since the start.
    var written = 0
  }
  private let state: UnsafeMutablePointer<Slot>
  /// Per thread, the samples of this block, one row per slot: several threads may render the voices of one node.
  private var rows: UnsafeMutablePointer<Row>
  private var threads = 1
  private let samples: UnsafeMutablePointer<Float>
  /// Frames written as the control side sees them, the first frame of the present signal, and the key of that signal.
  private let published: UnsafeMutablePointer<Atomic<Int>>
  private let starts: UnsafeMutablePointer<Atomic<Int>>
  private let keys: UnsafeMutablePointer<Atomic<Int>>
  private struct Row {
    /// The block of these values, by its first frame.
    var block = Int.min
    var values = InlineArray<64, Float>(repeating: 0)
  }
  private var isTouched = false
  private(set) var nodeCount = 0
  private(set) var outputCount = 0

  init() {
    state = .allocate(capacity: ScopeBank.slots)
    state.initialize(repeating: Slot(), count: ScopeBank.slots)
    rows = ScopeBank.rows(threads: 1)
    samples = .allocate(capacity: ScopeBank.slots * ScopeBank.capacity)
    published = .allocate(capacity: ScopeBank.slots)
    starts = .allocate(capacity: ScopeBank.slots)
    keys = .allocate(capacity: ScopeBank.slots)
    for slot in 0..<ScopeBank.slots {
      (published + slot).initialize(to: Atomic(0))
      (starts + slot).initialize(to: Atomic(0))
      (keys + slot).initialize(to: Atomic(0))
    }
  }

  deinit {
    state.deallocate()
    rows.deallocate()
    samples.deallocate()
    published.deallocate()
    starts.deallocate()
    keys.deallocate()
  }

  /// [control] Sets the number of rendering threads; only while nothing renders.
  func prepare(threads: Int) {
    rows.deallocate()
    rows = ScopeBank.rows(threads: threads)
    self.threads = threads
  }

  private static func rows(threads: Int) -> UnsafeMutablePointer<Row> {
    let rows = CacheLine.room(for: threads * slots, of: Row.self)
    rows.initialize(repeating: Row(), count: threads * slots)
    return rows
  }

  /// [control] Touches all pages, so that the audio thread is not the first to do so.
  func prepare() {
    if isTouched { return }
    samples.initialize(repeating: 0, count: ScopeBank.slots * ScopeBank.capacity)
    isTouched = true
  }

  /// [control] Copies the newest frames of the signal that was set with that key; fewer where fewer were written.
  func newest(_ frames: Int, of slot: Int, key: Int) -> [Float] {
    guard keys[slot].load(ordering: .acquiring) == key else { return [] }
    let end = published[slot].load(ordering: .acquiring)
    let count = min(frames, ScopeBank.longest, end - starts[slot].load(ordering: .acquiring))
    guard count > 0 else { return [] }
    let base = samples + slot * ScopeBank.capacity
    return (end - count..<end).map { base[$0 & (ScopeBank.capacity - 1)] }
  }

  /// Sets the signal of a slot; nil: none.
  func set(_ slot: Int, serial: Int?, port: Int, key: Int) {
    switch state[slot].serial {
    case ScopeBank.unused: break
    case ScopeBank.outputs: outputCount -= 1
    default: nodeCount -= 1
    }
    state[slot].serial = serial ?? ScopeBank.unused
    state[slot].port = port
    for thread in 0..<threads { rows[thread * ScopeBank.slots + slot].block = Int.min }
    if let serial { if serial == ScopeBank.outputs { outputCount += 1 } else { nodeCount += 1 } }
    starts[slot].store(state[slot].written, ordering: .releasing)
    keys[slot].store(key, ordering: .releasing)
  }

  func knows(_ serial: Int) -> Bool {
    guard nodeCount > 0 else { return false }
    for slot in 0..<ScopeBank.slots where state[slot].serial == serial { return true }
    return false
  }

  /// Records an output of a node's step; voices are summed.
  func record(_ step: Step, _ site: FaultSite, _ context: UnsafePointer<RenderContext>, thread: Int) {
    for slot in 0..<ScopeBank.slots where state[slot].serial == site.node {
      guard state[slot].port < site.outputCount else { continue }
      let cell = step.outputs[state[slot].port], frames = context.pointee.frames
      if cell.pointee.leaveGrid() { continue }
      let values = cell.pointee.base.assumingMemoryBound(to: Float.self), mask = cell.pointee.mask
      let lanes = site.lanes == 1 ? 1 : min(site.lanes, context.pointee.voices - site.group * site.lanes)
      let row = rows + thread * ScopeBank.slots + slot
      let isFirst = row.pointee.block != context.pointee.frame
      row.pointee.block = context.pointee.frame
      for i in 0..<frames {
        var sum: Float = 0
        for lane in 0..<max(lanes, 0) { sum += values[(i & mask) * site.lanes + lane] }
        row.pointee.values[i] = isFirst ? sum : row.pointee.values[i] + sum
      }
    }
  }

  /// After a block: records the output, and silence for signals that were not rendered.
  func finish(
    _ outputs: UnsafePointer<UnsafeMutablePointer<Float>?>, channels: Int, at offset: Int, frame: Int, frames: Int
  ) {
    for slot in 0..<ScopeBank.slots where state[slot].serial != ScopeBank.unused {
      let base = samples + slot * ScopeBank.capacity, written = state[slot].written
      if state[slot].serial == ScopeBank.outputs {
        let from = state[slot].port < channels ? outputs[state[slot].port] : nil
        for i in 0..<frames { base[(written + i) & (ScopeBank.capacity - 1)] = from?[offset + i] ?? 0 }
      } else {
        for i in 0..<frames { base[(written + i) & (ScopeBank.capacity - 1)] = 0 }
        for thread in 0..<threads {
          let row = rows + thread * ScopeBank.slots + slot
          guard row.pointee.block == frame else { continue }
          for i in 0..<frames { base[(written + i) & (ScopeBank.capacity - 1)] += row.pointee.values[i] }
        }
      }
      state[slot].written = written + frames
      published[slot].store(written + frames, ordering: .releasing)
    }
  }
}
