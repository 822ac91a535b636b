// [control] One instance of a plug-in: made, prepared and saved by the host beside its audio thread.
import CLV2
import LV2Bundle
import ModuleKit
import PatchKit
import Synchronization

/// One instance of a plug-in.
final class PluginInstance {
  let ports: PluginPorts
  let bundle: String
  let registry: Registry
  let sampleRate: Double
  let map: LV2_URID_Map
  let types: PluginTypes
  /// The patch of the bundle.
  let patch: Patch
  /// Replaced only while nothing renders.
  var playing: PluginEngine
  let memory: PortMemory

  /// - Throws: what is wrong with the bundle, or with the host.
  init(bundle: String, sampleRate: Double, map: LV2_URID_Map) throws(PatchErrors) {
    guard sampleRate.isFinite, (1_000...768_000).contains(sampleRate) else {
      throw PatchErrors([PatchError(.range, "a sample rate is 1000 to 768000 Hz, not \(sampleRate.shortText)")])
    }
    (self.bundle, self.sampleRate) = (bundle, sampleRate)
    registry = Registry.linked()
    let identity: PluginIdentity
    do throws(PatchError) { identity = try PluginIdentity(bundle: bundle) } catch { throw PatchErrors([error]) }
    patch = try PatchFile.read(path: bundle + "/" + PluginIdentity.patchFile, in: registry)
    ports = PluginPorts(of: patch, in: registry, keeping: identity.macros)
    self.map = map
    types = PluginTypes(map)
    playing = try PluginEngine(patch, ports: ports, sampleRate: sampleRate, registry: registry)
    memory = PortMemory(ports, HostPosition(HostPosition.Types(map)))
    memory.set(ports, to: patch)
  }

  /// The host is about to render: what has sounded is over.
  func activate() {
    guard playing.engine.frame > 0 else { return }
    // The patch was valid: its sounds may be gone by now, and then it plays on as it is.
    guard let fresh = try? PluginEngine(current, ports: ports, sampleRate: sampleRate, registry: registry) else {
      playing.plans.tick()
      return
    }
    playing = fresh
  }

  /// The patch with the values that the control ports have set.
  var current: Patch {
    var now = playing.patch
    let values = memory.values(ports.controls.count)
    for (control, position) in values.sorted(by: { $0.order < $1.order }).map({ ($0.control, $0.position) }) {
      guard let name = ports.controls[control].macro, let index = now.macros.firstIndex(where: { $0.name == name }),
        abs(now.macros[index].value - position) > PortMemory.least
      else { continue }
      for (param, value) in now.values(of: now.macros[index], at: position, in: registry) {
        _ = try? now.setParam(param.node, param.port, value, in: registry)
      }
      now.macros[index].value = position
    }
    return now
  }
}

/// The numbers of the host for the types of events.
struct PluginTypes {
  let midi: LV2_URID
  let string: LV2_URID

  init(_ map: LV2_URID_Map) {
    midi = map.map(map.handle, "http://lv2plug.in/ns/ext/midi#MidiEvent")
    string = map.map(map.handle, "http://lv2plug.in/ns/ext/atom#String")
  }
}

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
    orders[control].store(changes, ordering: .relaxed)
  }

  /// The positions by control, with the order in which they were set.
  func values(_ count: Int) -> [(control: Int, position: Float, order: Int)] {
    (0..<count).map { ($0, position($0), orders[$0].load(ordering: .relaxed)) }
  }
}
