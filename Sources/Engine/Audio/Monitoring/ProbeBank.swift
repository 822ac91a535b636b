// [audio] Values of inputs after their cables.
import DSP
import ModuleKit
import Synchronization

/// The range of a few inputs since the control thread last read it.
final class ProbeBank: @unchecked Sendable {
  /// Inputs that can be probed at a time.
  static let slots = 64
  private static let unused = -3
  /// Value of an empty range.
  private static let empty = UInt64.max

  private struct Slot {
    var serial = ProbeBank.unused
    var port = 0
    /// The input is written on the grid only.
    var isOnGrid = false
  }
  private let state: OwnedRow<Slot>
  /// Per thread, a row of slots: lowest value in the upper half, highest in the lower.
  private var ranges: OwnedRow<Atomic<UInt64>>
  private var threads = 1
  /// Distinguishes the present input of a slot from earlier ones.
  private let keys: OwnedRow<Atomic<Int>>
  /// Slots up to the last that is used.
  private(set) var count = 0

  init() {
    state = OwnedRow(repeating: Slot(), count: ProbeBank.slots)
    keys = OwnedRow(count: ProbeBank.slots) { _ in Atomic(0) }
    ranges = ProbeBank.ranges(threads: 1)
  }

  /// [control] Sets the number of rendering threads; only while nothing renders.
  func prepare(threads: Int) {
    ranges = ProbeBank.ranges(threads: threads)
    self.threads = threads
  }

  private static func ranges(threads: Int) -> OwnedRow<Atomic<UInt64>> {
    OwnedRow(Row.lines(for: threads * slots).initialize { _ in Atomic(empty) })
  }

  /// [control] Returns the range since the last call of the input that was set with that key; nil where it was not
  /// rendered.
  func range(_ slot: Int, key: Int) -> (lowest: Float, highest: Float)? {
    guard keys[slot].load(ordering: .acquiring) == key else { return nil }
    var range: (lowest: Float, highest: Float)?
    for thread in 0..<threads {
      let bits = ranges[thread * ProbeBank.slots + slot].exchange(ProbeBank.empty, ordering: .relaxed)
      if bits == ProbeBank.empty { continue }
      let (low, high) = ProbeBank.unpacked(bits)
      range = range.map { (min($0.lowest, low), max($0.highest, high)) } ?? (low, high)
    }
    return range
  }

  /// Sets the input of a slot; nil: none.
  func set(_ slot: Int, serial: Int?, port: Int, isOnGrid: Bool, key: Int) {
    state.row()[slot] = Slot(serial: serial ?? ProbeBank.unused, port: port, isOnGrid: isOnGrid)
    for thread in 0..<threads {
      ranges[thread * ProbeBank.slots + slot].store(ProbeBank.empty, ordering: .relaxed)
    }
    count = 0
    for slot in 0..<ProbeBank.slots where state[slot].serial != ProbeBank.unused { count = slot + 1 }
    keys[slot].store(key, ordering: .releasing)
  }

  /// Widens the ranges by the inputs of a module step.
  func measure(
    _ step: Step, in plan: Reference<Plan>, _ context: Reference<RenderContext>, thread: Int
  ) {
    let sites = plan.pointee.sites.rest(from: step.site)
    let packed = sites[0].isPacked ? Voices.count : 1
    for slot in 0..<count where state[slot].serial != ProbeBank.unused {
      for node in 0..<packed where sites[node].node == state[slot].serial {
        let isWide = packed > 1 || sites[0].lanes > 1
        let voices = min(Voices.count, context.pointee.voices - sites[0].group * Voices.count)
        let lanes = packed > 1 ? node..<node + 1 : 0..<(isWide ? max(voices, 0) : 1)
        widen(
          ranges.row().reference(to: thread * ProbeBank.slots + slot), by: step.inputs[state[slot].port].pointee,
          stride: isWide ? Voices.count : 1, lanes, isOnGrid: state[slot].isOnGrid, context)
      }
    }
  }

  private func widen(
    _ range: Reference<Atomic<UInt64>>, by cell: SignalCell, stride width: Int, _ lanes: Range<Int>,
    isOnGrid: Bool, _ context: Reference<RenderContext>
  ) {
    let frames = cell.mask == 0 ? 1 : context.pointee.frames
    let values = cell.row(frames: frames, lanes: width)
    let first = isOnGrid ? -context.pointee.frame & (gridFrames - 1) : 0, step = isOnGrid ? gridFrames : 1
    var low = Float.infinity, high = -Float.infinity
    for lane in lanes {
      var i = 0
      while i < frames {
        low = min(low, values[i * width + lane])
        high = max(high, values[i * width + lane])
        i = i < first ? first : i + step
      }
    }
    guard low <= high else { return }
    var old = range.pointee.load(ordering: .relaxed)
    // The control thread may reset the range meanwhile: retry once, and no more often.
    for _ in 0..<2 {
      var widened = (low, high)
      if old != ProbeBank.empty {
        let before = ProbeBank.unpacked(old)
        widened = (min(low, before.0), max(high, before.1))
      }
      let result = range.pointee.compareExchange(
        expected: old, desired: ProbeBank.packed(widened), ordering: .relaxed)
      if result.exchanged { return }
      old = result.original
    }
  }

  private static func packed(_ range: (Float, Float)) -> UInt64 {
    UInt64(range.0.bitPattern) << 32 | UInt64(range.1.bitPattern)
  }
  private static func unpacked(_ bits: UInt64) -> (Float, Float) {
    (Float(bitPattern: UInt32(bits >> 32)), Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
  }
}
