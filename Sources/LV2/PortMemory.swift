// [audio] [control] What an instance is connected to.
import LV2Bundle
import PatchKit
import Synchronization

/// Memory that the ports of an instance are connected to, and the positions of its macros.
final class PortMemory: @unchecked Sendable {
  /// By number of the port.
  let ports: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  let count: Int
  /// The audio channels, as the engine takes them.
  let outputs: UnsafeMutablePointer<UnsafeMutablePointer<Float>?>
  let inputs: UnsafeMutablePointer<UnsafePointer<Float>?>
  /// The last position of each macro, as bits, and the number of the change: the audio thread writes, a save reads.
  private let positions: UnsafeMutablePointer<Atomic<UInt32>>
  private let orders: UnsafeMutablePointer<Atomic<Int>>
  private let controls: Int
  /// The ends of each control port.
  private let spans: UnsafeMutablePointer<(first: Float, width: Float)>
  private var changes = 0
  var bypass: Bypass
  /// The host's transport, as it was last told.
  var position: HostPosition
  /// A smaller change of a macro is none: hosts round.
  static let least: Float = 1e-6

  init(_ layout: PluginPorts, _ position: HostPosition) {
    self.position = position
    count = layout.count
    controls = layout.controls.count
    ports = .allocate(capacity: count)
    ports.initialize(repeating: nil, count: count)
    outputs = .allocate(capacity: max(layout.outputs, 1))
    outputs.initialize(repeating: nil, count: max(layout.outputs, 1))
    inputs = .allocate(capacity: max(layout.inputs, 1))
    inputs.initialize(repeating: nil, count: max(layout.inputs, 1))
    positions = .allocate(capacity: max(controls, 1))
    orders = .allocate(capacity: max(controls, 1))
    bypass = Bypass(inputs: layout.inputs, outputs: layout.outputs)
    spans = .allocate(capacity: max(controls, 1))
    for (i, control) in layout.controls.enumerated() {
      (spans + i).initialize(to: (control.range.lowerBound, control.range.upperBound - control.range.lowerBound))
      (positions + i).initialize(to: Atomic(0))
      (orders + i).initialize(to: Atomic(0))
    }
  }

  deinit {
    ports.deallocate()
    outputs.deallocate()
    inputs.deallocate()
    positions.deallocate()
    orders.deallocate()
    spans.deallocate()
    bypass.deallocate()
  }

  /// The positions that the macros of a patch have; only while nothing renders.
  func set(_ layout: PluginPorts, to patch: Patch) {
    for (i, control) in layout.controls.enumerated() {
      guard let macro = patch.macros.first(where: { $0.name == control.macro }) else { continue }
      positions[i].store(macro.value.bitPattern, ordering: .relaxed)
      orders[i].store(0, ordering: .relaxed)
    }
  }

  /// [audio] The position of a macro that a control port asks for; nil: the port is not connected, or holds no number.
  func wanted(_ control: Int, _ port: Int) -> Float? {
    guard let value = ports[port]?.assumingMemoryBound(to: Float.self).pointee, value.isFinite else { return nil }
    return min(max((value - spans[control].first) / spans[control].width, 0), 1)
  }

  func position(_ control: Int) -> Float { Float(bitPattern: positions[control].load(ordering: .relaxed)) }

  /// [audio]
  func set(_ control: Int, to position: Float) {
    changes &+= 1
    positions[control].store(position.bitPattern, ordering: .relaxed)
    orders[control].store(changes, ordering: .releasing)
  }

  /// [audio] The position of a macro that counts as no change.
  func accept(_ control: Int, at position: Float) {
    positions[control].store(position.bitPattern, ordering: .relaxed)
  }

  /// The positions by control, with the order in which they were set.
  func values(_ count: Int) -> [(control: Int, position: Float, order: Int)] {
    (0..<count).map {
      let order = orders[$0].load(ordering: .acquiring)
      return ($0, position($0), order)
    }
  }
}
