// [audio] Sample histories of observed signals.
import DSP
import ModuleKit
import Synchronization

/// The last two thirds of a second of a few signals. The audio thread writes and counts; whoever looks copies the
/// newest, and nobody waits for anybody.
final class ScopeBank: @unchecked Sendable {
  /// Signals that can be looked at at a time.
  static let slots = 32
  /// Frames that are kept of each.
  static let capacity = 1 << 15
  /// Frames that can be copied: the audio thread may write over the oldest meanwhile.
  static let longest = capacity / 2
  /// In place of a serial: what leaves the outputs, the channel as the port.
  static let outputs = -2
  private static let unused = -3

  private struct Slot {
    var serial = ScopeBank.unused
    var port = 0
    /// Frames ever written.
    var written = 0
  }
  private let state: UnsafeMutablePointer<Slot>
  /// What each thread has taken in this chunk, a row a slot: several may render the voices of one node.
  private var rows: UnsafeMutablePointer<Row>
  private var threads = 1
  private let samples: UnsafeMutablePointer<Float>
  /// Frames ever written, as the control side sees them, the first of them that is of the present signal, and which
  /// that is.
  private let published: UnsafeMutablePointer<Atomic<Int>>
  private let starts: UnsafeMutablePointer<Atomic<Int>>
  private let keys: UnsafeMutablePointer<Atomic<Int>>
  private struct Row {
    /// The chunk that it is of, by its first frame.
    var chunk = Int.min
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

  /// [control] How many threads take samples; only while nothing renders.
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

  /// [control] The audio thread shall not be the first to touch a page.
  func prepare() {
    if isTouched { return }
    samples.initialize(repeating: 0, count: ScopeBank.slots * ScopeBank.capacity)
    isTouched = true
  }

  /// [control] Copies the newest frames of the signal that was set with that key; fewer where there are not as many.
  func newest(_ frames: Int, of slot: Int, key: Int) -> [Float] {
    guard keys[slot].load(ordering: .acquiring) == key else { return [] }
    let end = published[slot].load(ordering: .acquiring)
    let count = min(frames, ScopeBank.longest, end - starts[slot].load(ordering: .acquiring))
    guard count > 0 else { return [] }
    let base = samples + slot * ScopeBank.capacity
    return (end - count..<end).map { base[$0 & (ScopeBank.capacity - 1)] }
  }

  /// Looks at another signal from now on; nil: at none.
  func set(_ slot: Int, serial: Int?, port: Int, key: Int) {
    switch state[slot].serial {
    case ScopeBank.unused: break
    case ScopeBank.outputs: outputCount -= 1
    default: nodeCount -= 1
    }
    state[slot].serial = serial ?? ScopeBank.unused
    state[slot].port = port
    for thread in 0..<threads { rows[thread * ScopeBank.slots + slot].chunk = Int.min }
    if let serial { if serial == ScopeBank.outputs { outputCount += 1 } else { nodeCount += 1 } }
    starts[slot].store(state[slot].written, ordering: .releasing)
    keys[slot].store(key, ordering: .releasing)
  }

  func knows(_ serial: Int) -> Bool {
    guard nodeCount > 0 else { return false }
    for slot in 0..<ScopeBank.slots where state[slot].serial == serial { return true }
    return false
  }

  /// What a step of a node has just made; voices are summed.
  func record(_ step: Step, _ site: FaultSite, _ context: UnsafePointer<RenderContext>, thread: Int) {
    for slot in 0..<ScopeBank.slots where state[slot].serial == site.node {
      guard state[slot].port < site.outputCount else { continue }
      let cell = step.outputs[state[slot].port], frames = context.pointee.frames
      if cell.pointee.leaveGrid() { continue }
      let values = cell.pointee.base.assumingMemoryBound(to: Float.self), mask = cell.pointee.mask
      let lanes = site.lanes == 1 ? 1 : min(site.lanes, context.pointee.voices - site.group * site.lanes)
      let row = rows + thread * ScopeBank.slots + slot
      let isFirst = row.pointee.chunk != context.pointee.frame
      row.pointee.chunk = context.pointee.frame
      for i in 0..<frames {
        var sum: Float = 0
        for lane in 0..<max(lanes, 0) { sum += values[(i & mask) * site.lanes + lane] }
        row.pointee.values[i] = isFirst ? sum : row.pointee.values[i] + sum
      }
    }
  }

  /// After a chunk: what left the outputs, and silence of what did not run.
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
          guard row.pointee.chunk == frame else { continue }
          for i in 0..<frames { base[(written + i) & (ScopeBank.capacity - 1)] += row.pointee.values[i] }
        }
      }
      state[slot].written = written + frames
      published[slot].store(written + frames, ordering: .releasing)
    }
  }
}
