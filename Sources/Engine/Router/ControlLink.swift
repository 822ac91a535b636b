// [control] Which controller turns which knob of a graph.
import ModuleKit
import PatchKit
import Synchronization

/// A controller's hold on a knob; plans of the same patch share it, so that no edit loses its grip.
final class ControlGrip {
  let pickup: UnsafeMutablePointer<Pickup>
  let turned: UnsafeMutablePointer<Atomic<UInt64>>
  private var seen: UInt64 = 0

  init() {
    pickup = .allocate(capacity: 1)
    pickup.initialize(to: Pickup())
    turned = .allocate(capacity: 1)
    turned.initialize(to: Atomic(0))
  }
  deinit {
    pickup.deallocate()
    turned.deinitialize(count: 1)
    turned.deallocate()
  }

  /// Where the audio thread has turned the knob since this was last asked; nil where it has not.
  func takeTurn() -> Float? {
    let state = turned.pointee.load(ordering: .acquiring)
    guard state >> 32 != seen else { return nil }
    seen = state >> 32
    return Float(bitPattern: UInt32(truncatingIfNeeded: state))
  }
}

/// One knob of a graph under the hand of a controller.
struct ControlLink {
  let instance: NodeInstance
  let port: Int
  let control: MidiControl
  let grip: ControlGrip

  /// As the audio thread uses it.
  var forAudio: KnobControl {
    let spec = instance.descriptor.inputs[port], range = control.range(of: spec)
    return KnobControl(
      channel: UInt8(control.channel), controller: UInt8(control.controller), isFine: control.isFine,
      travel: KnobTravel(
        from: range.from, to: range.to, isLogarithmic: spec.curve == .logarithmic && range.from > 0 && range.to > 0,
        isWhole: spec.type != .float),
      knob: instance.knobs.baseAddress! + port, buffer: instance.movingBuffer(port), pickup: grip.pickup,
      turned: grip.turned)
  }

  /// The controls of a patch whose nodes have these instances; grips are kept where knob and control are as before.
  static func links(
    of patch: Patch, _ instances: [String: NodeInstance], reusing current: [ControlLink]
  ) -> [ControlLink] {
    patch.controls.sorted { $0.key < $1.key }.compactMap { knob, control in
      guard let instance = instances[knob.node], let port = instance.descriptor.input(named: knob.port) else {
        return nil
      }
      let old = current.first {
        $0.instance.serial == instance.serial && $0.port == port && $0.control == control
      }
      return ControlLink(instance: instance, port: port, control: control, grip: old?.grip ?? ControlGrip())
    }
  }
}

extension PlanPublisher {
  /// Tells of the knobs that controllers have turned since this was last called.
  package func collectTurns() {
    for link in current.controls {
      guard let value = link.grip.takeTurn() else { continue }
      link.instance.values[link.port] = value
      onTurn(link.instance.serial, link.instance.descriptor.inputs[link.port].name, value)
    }
  }

  /// Whether every controller that is moved is told by `onMidi`.
  package func learn(_ isOn: Bool) { engine.midi.isLearning.store(isOn, ordering: .relaxed) }
}
