// [audio] Levels of the outputs and of metered nodes.
import DSP
import ModuleKit

/// Level of one channel or node output over some frames.
package struct MeterReading: BitwiseCopyable {
  /// The serial of a node, or `MeterBank.outputs`.
  package var serial: Int
  /// A channel of the outputs, or an output of the node.
  package var channel: Int
  /// The greatest magnitude; of a polyphonic node that of its loudest voice.
  package var peak: Float
  /// The sum of squares, over all voices.
  package var energy: Float
  package var frames: Int
}

/// Measures in one pass over buffers in cache, about a hundred times a second; does nothing while no meter is set.
final class MeterBank {
  /// Serial number of the whole output.
  static let outputs = -2
  private static let unused = -3
  /// Targets that can be metered at a time.
  static let slots = 80
  /// Channels, or outputs of one node.
  static let channels = 64

  let readings = RingBuffer<MeterReading>(capacity: 8_192)
  private let serials: OwnedRow<Int>
  /// Per thread, slots times channels: several threads may render the voices of one node.
  private var levels: OwnedRow<(peak: Float, energy: Float)>
  /// Per thread: the number of channels of each slot.
  private var counts: OwnedRow<Int>
  private var threads = 1
  private(set) var metersOutputs = false
  private(set) var nodeCount = 0
  private var frames = 0

  init() {
    serials = OwnedRow(repeating: MeterBank.unused, count: MeterBank.slots)
    levels = MeterBank.levels(threads: 1)
    counts = MeterBank.counts(threads: 1)
  }

  /// [control] Sets the number of rendering threads; only while nothing renders.
  func prepare(threads: Int) {
    levels = MeterBank.levels(threads: threads)
    counts = MeterBank.counts(threads: threads)
    self.threads = threads
  }

  private static func levels(threads: Int) -> OwnedRow<(peak: Float, energy: Float)> {
    OwnedRow(Row.lines(for: threads * slots * channels).initialize { _ in (0, 0) })
  }
  private static func counts(threads: Int) -> OwnedRow<Int> {
    OwnedRow(Row.lines(for: threads * slots).initialize { _ in 0 })
  }

  /// Starts or ends the metering of a node or of the outputs.
  func set(_ serial: Int, isOn: Bool) {
    let present = slot(of: serial)
    guard isOn == (present == nil), let slot = present ?? slot(of: MeterBank.unused) else { return }
    serials.row()[slot] = isOn ? serial : MeterBank.unused
    for thread in 0..<threads { counts.row()[thread * MeterBank.slots + slot] = 0 }
    if serial == MeterBank.outputs { metersOutputs = isOn } else { nodeCount += isOn ? 1 : -1 }
  }

  func knows(_ serial: Int) -> Bool { nodeCount > 0 && slot(of: serial) != nil }

  private func slot(of serial: Int) -> Int? {
    for slot in 0..<MeterBank.slots where serials[slot] == serial { return slot }
    return nil
  }

  /// Measures the outputs of a node's step.
  func measure(_ step: Step, _ site: FaultSite, frames: Int, thread: Int) {
    guard let slot = slot(of: site.node) else { return }
    for port in 0..<min(site.outputCount, MeterBank.channels) {
      if step.outputs[port].pointee.leaveGrid() { continue }
      var level = MeterBank.level(of: step.outputs[port].pointee.row(frames: frames, lanes: site.lanes))
      // A constant: one value for all frames.
      if step.outputs[port].pointee.mask == 0 { level.energy *= Float(frames) }
      add(level, thread * MeterBank.slots + slot, port)
    }
  }

  /// After a period: measures the output, and sends the readings that are due.
  func finish(_ outputs: HostOutputs, channels: Int, interval: Int) {
    if metersOutputs, let slot = slot(of: MeterBank.outputs) {
      for channel in 0..<min(channels, MeterBank.channels) {
        add(outputs[channel].map(MeterBank.level) ?? (0, 0), slot, channel)
      }
    }
    frames += outputs.frames
    guard frames >= interval else { return }
    for slot in 0..<MeterBank.slots where serials[slot] != MeterBank.unused { report(slot) }
    frames = 0
  }

  private func report(_ slot: Int) {
    var count = 0
    for thread in 0..<threads { count = max(count, counts[thread * MeterBank.slots + slot]) }
    for channel in 0..<count {
      let level = collectLevel(slot, channel)
      let reading = MeterReading(
        serial: serials[slot], channel: channel, peak: level.peak, energy: level.energy, frames: frames)
      // A full ring buffer: nothing reads it, and old levels are of no use later.
      _ = readings.push(reading)
    }
  }

  /// Merges the measurements of all threads.
  private func collectLevel(_ slot: Int, _ channel: Int) -> (peak: Float, energy: Float) {
    var sum: (peak: Float, energy: Float) = (0, 0)
    for thread in 0..<threads {
      let row = thread * MeterBank.slots + slot
      guard channel < counts[row] else { continue }
      let level = levels.row().reference(to: row * MeterBank.channels + channel)
      sum = (max(sum.peak, level.pointee.peak), sum.energy + level.pointee.energy)
      level.pointee = (0, 0)
    }
    return sum
  }

  /// - Parameter row: a slot of a thread.
  private func add(_ level: (peak: Float, energy: Float), _ row: Int, _ channel: Int) {
    let sum = levels.row().reference(to: row * MeterBank.channels + channel)
    if channel >= counts[row] {
      sum.pointee = (0, 0)
      counts.row()[row] = channel + 1
    }
    sum.pointee.peak = max(sum.pointee.peak, level.peak)
    sum.pointee.energy += level.energy
  }

  private static func level(of values: Row<Float>) -> (peak: Float, energy: Float) {
    let count = values.count
    var peaks = Voices(0), energies = Voices(0)
    let whole = count & ~(Voices.count - 1)
    var i = 0
    while i < whole {
      let x = values.vector(Voices.self, at: i)
      let magnitude = x.replacing(with: -x, where: x .< 0)
      peaks.replace(with: magnitude, where: magnitude .> peaks)
      energies = Voices.fma(x, x, energies)
      i += Voices.count
    }
    var level = (peak: peaks.max(), energy: energies.sum())
    while i < count {
      level.peak = max(level.peak, values[i].magnitude)
      level.energy += values[i] * values[i]
      i += 1
    }
    return level.energy.isFinite ? level : (level.peak.isFinite ? level.peak : 0, 0)
  }
}
