// [audio] [control] Samples for the control side: histories of observed signals, and the output for recordings.
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
  private let state: OwnedRow<Slot>
  /// Per thread, the samples of this block, one row per slot: several threads may render the voices of one node.
  private var rows: OwnedRow<BlockSamples>
  private var threads = 1
  private let samples: OwnedRow<Float>
  /// Frames written as the control side sees them, the first frame of the present signal, and the key of that signal.
  private let published: OwnedRow<Atomic<Int>>
  private let starts: OwnedRow<Atomic<Int>>
  private let keys: OwnedRow<Atomic<Int>>
  private struct BlockSamples {
    /// The block of these values, by its first frame.
    var block = Int.min
    var values = InlineArray<64, Float>(repeating: 0)
  }
  private var isTouched = false
  private(set) var nodeCount = 0
  private(set) var outputCount = 0

  init() {
    state = OwnedRow(repeating: Slot(), count: ScopeBank.slots)
    rows = ScopeBank.rows(threads: 1)
    samples = OwnedRow(.room(for: ScopeBank.slots * ScopeBank.capacity))
    published = OwnedRow(count: ScopeBank.slots) { _ in Atomic(0) }
    starts = OwnedRow(count: ScopeBank.slots) { _ in Atomic(0) }
    keys = OwnedRow(count: ScopeBank.slots) { _ in Atomic(0) }
  }

  /// [control] Sets the number of rendering threads; only while nothing renders.
  func prepare(threads: Int) {
    rows = ScopeBank.rows(threads: threads)
    self.threads = threads
  }

  private static func rows(threads: Int) -> OwnedRow<BlockSamples> {
    OwnedRow(Row.lines(for: threads * slots).initialize { _ in BlockSamples() })
  }

  /// [control] Touches all pages, so that the audio thread is not the first to do so.
  func prepare() {
    if isTouched { return }
    samples.row().fill(with: 0)
    isTouched = true
  }

  /// [control] Copies the newest frames of the signal that was set with that key; fewer where fewer were written.
  func newest(_ frames: Int, of slot: Int, key: Int) -> [Float] {
    guard keys[slot].load(ordering: .acquiring) == key else { return [] }
    let end = published[slot].load(ordering: .acquiring)
    let count = min(frames, ScopeBank.longest, end - starts[slot].load(ordering: .acquiring))
    guard count > 0 else { return [] }
    let base = history(of: slot)
    return (end - count..<end).map { base[$0 & (ScopeBank.capacity - 1)] }
  }

  private func history(of slot: Int) -> Row<Float> {
    samples.row().part(from: slot * ScopeBank.capacity, count: ScopeBank.capacity)
  }

  /// Sets the signal of a slot; nil: none.
  func set(_ slot: Int, serial: Int?, port: Int, key: Int) {
    switch state[slot].serial {
    case ScopeBank.unused: break
    case ScopeBank.outputs: outputCount -= 1
    default: nodeCount -= 1
    }
    state.row()[slot].serial = serial ?? ScopeBank.unused
    state.row()[slot].port = port
    for thread in 0..<threads { rows.row()[thread * ScopeBank.slots + slot].block = Int.min }
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
  func record(_ step: Step, _ site: FaultSite, _ context: Reference<RenderContext>, thread: Int) {
    for slot in 0..<ScopeBank.slots where state[slot].serial == site.node {
      guard state[slot].port < site.outputCount else { continue }
      let cell = step.outputs[state[slot].port], frames = context.pointee.frames
      if cell.pointee.leaveGrid() { continue }
      let values = cell.pointee.row(frames: frames, lanes: site.lanes), mask = cell.pointee.mask
      let lanes = site.lanes == 1 ? 1 : min(site.lanes, context.pointee.voices - site.group * site.lanes)
      let row = rows.row().reference(to: thread * ScopeBank.slots + slot)
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
  func finish(_ outputs: HostOutputs, channels: Int, at offset: Int, frame: Int, frames: Int) {
    for slot in 0..<ScopeBank.slots where state[slot].serial != ScopeBank.unused {
      let base = history(of: slot), written = state[slot].written
      if state[slot].serial == ScopeBank.outputs {
        let from = state[slot].port < channels ? outputs[state[slot].port] : nil
        for i in 0..<frames { base[(written + i) & (ScopeBank.capacity - 1)] = from?[offset + i] ?? 0 }
      } else {
        for i in 0..<frames { base[(written + i) & (ScopeBank.capacity - 1)] = 0 }
        for thread in 0..<threads {
          let row = rows.row().reference(to: thread * ScopeBank.slots + slot)
          guard row.pointee.block == frame else { continue }
          for i in 0..<frames { base[(written + i) & (ScopeBank.capacity - 1)] += row.pointee.values[i] }
        }
      }
      state.row()[slot].written = written + frames
      published[slot].store(written + frames, ordering: .releasing)
    }
  }
}

/// A ring buffer of interleaved frames. The audio thread writes and never waits: frames without room are dropped and
/// counted, and appear to the reader as a gap between blocks.
package final class Capture: @unchecked Sendable {
  private struct Block: BitwiseCopyable {
    var frame: Int
    var frames: Int
  }
  /// Over five seconds at 48 kHz.
  private static let capacity = 1 << 18

  package let channels: Int
  private let samples: OwnedRow<Float>
  private let blocks = RingBuffer<Block>(capacity: 1 << 14)
  private let isOn = Atomic<Bool>(false)
  private var isTouched = false
  /// Frames written (audio thread) and read (control side) since the start.
  private var written = 0
  private let read = Atomic<Int>(0)
  private var readHere = 0
  private let lost = Atomic<Int>(0)

  init(channels: Int) {
    self.channels = channels
    // Costs no memory until it is touched.
    samples = OwnedRow(.room(for: Capture.capacity * max(channels, 1)))
  }

  /// Frames dropped for lack of room. Any thread.
  package var lostCount: Int { lost.load(ordering: .relaxed) }

  /// [control] Starts or stops the capture, from the next period on.
  package func set(isOn: Bool) {
    if isOn && !isTouched {
      // The audio thread must not be the first to touch a page.
      samples.row().fill(with: 0)
      isTouched = true
    }
    self.isOn.store(isOn, ordering: .releasing)
  }

  /// [audio] Writes one period.
  func push(_ outputs: HostOutputs, at frame: Int) {
    let frames = outputs.frames
    guard isOn.load(ordering: .acquiring), frames > 0 else { return }
    guard written - read.load(ordering: .acquiring) + frames <= Capture.capacity, blocks.room > 0 else {
      lost.add(frames, ordering: .relaxed)
      return
    }
    for channel in 0..<channels {
      let from = outputs[channel]
      var at = written & (Capture.capacity - 1)
      for i in 0..<frames {
        samples.row()[at * channels + channel] = from?[i] ?? 0
        at = (at + 1) & (Capture.capacity - 1)
      }
    }
    written += frames
    _ = blocks.push(Block(frame: frame, frames: frames))
  }

  /// [control] Passes the oldest block to `body`, in one piece or two, each with its first frame; false where there is
  /// none.
  package func nextBlock(_ body: (_ frame: Int, _ samples: Row<Float>) -> Void) -> Bool {
    guard let block = blocks.pop() else { return false }
    let at = readHere & (Capture.capacity - 1)
    let first = min(block.frames, Capture.capacity - at)
    body(block.frame, samples.row().part(from: at * channels, count: first * channels))
    if first < block.frames {
      body(block.frame + first, samples.row().part(from: 0, count: (block.frames - first) * channels))
    }
    readHere += block.frames
    read.store(readHere, ordering: .releasing)
    return true
  }
}
