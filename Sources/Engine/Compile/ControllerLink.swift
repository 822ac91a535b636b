// [control] MIDI controllers mapped to the parameters of a graph.
import ModuleKit
import PatchKit
import Synchronization

/// Soft take-over state of a controller and parameter; plans of the same patch share it, so that an edit does not reset
/// it.
final class SoftTakeover {
  let pickup: UnsafeMutablePointer<Pickup>
  let reported: UnsafeMutablePointer<Atomic<UInt64>>
  private var seen: UInt64 = 0

  init() {
    pickup = .allocate(capacity: 1)
    pickup.initialize(to: Pickup())
    reported = .allocate(capacity: 1)
    reported.initialize(to: Atomic(0))
  }
  deinit {
    pickup.deallocate()
    reported.deinitialize(count: 1)
    reported.deallocate()
  }

  /// The value that the audio thread has set since the last call; nil where there is none.
  func newValue() -> Float? {
    let state = reported.pointee.load(ordering: .acquiring)
    guard state >> 32 != seen else { return nil }
    seen = state >> 32
    return Float(bitPattern: UInt32(truncatingIfNeeded: state))
  }
}

/// One parameter of a graph with its MIDI controller.
struct ControllerLink {
  let instance: NodeInstance
  let port: Int
  let control: MidiControl
  let grip: SoftTakeover

  /// The form that the audio thread uses.
  var forAudio: MappedParameter {
    let spec = instance.descriptor.inputs[port], range = control.range(of: spec)
    return MappedParameter(
      channel: UInt8(control.channel), controller: UInt8(control.controller), isFine: control.isFine,
      travel: MappingRange(
        from: range.from, to: range.to, isLogarithmic: spec.curve == .logarithmic && range.from > 0 && range.to > 0,
        isWhole: spec.type != .float),
      parameter: instance.parameters.baseAddress! + port, buffer: instance.movingBuffer(port), pickup: grip.pickup,
      reported: grip.reported)
  }

  /// The links of a patch with these instances; take-over state is kept where parameter and control are unchanged.
  static func links(
    of patch: Patch, _ instances: [String: NodeInstance], reusing current: [ControllerLink]
  ) -> [ControllerLink] {
    struct Key: Hashable {
      var serial: Int
      var port: Int
    }
    let known = Dictionary(
      current.map { (Key(serial: $0.instance.serial, port: $0.port), $0) }, uniquingKeysWith: { first, _ in first })
    return patch.controls.sorted { $0.key < $1.key }.compactMap { parameter, control in
      guard let instance = instances[parameter.node], let port = instance.descriptor.input(named: parameter.port) else {
        return nil
      }
      let old = known[Key(serial: instance.serial, port: port)].flatMap { $0.control == control ? $0 : nil }
      return ControllerLink(instance: instance, port: port, control: control, grip: old?.grip ?? SoftTakeover())
    }
  }
}

extension PlanPublisher {
  /// Reports the parameters that controllers have set since the last call.
  package func collectControllerValues() {
    for link in current.controls {
      guard let value = link.grip.newValue() else { continue }
      link.instance.values[link.port] = value
      onControllerSet(link.instance.serial, link.instance.descriptor.inputs[link.port].name, value)
    }
  }

  /// Enables `onMidi` for every controller change.
  package func learn(_ isOn: Bool) { engine.crossings.isLearning.store(isOn, ordering: .relaxed) }
}
