import ModuleKit
import PatchKit

/// The ports of a patch as a plug-in, in their order: audio out, audio in, MIDI in, macros, `enabled`, `latency`; those of
/// the generic plug-in, whatever its patch, end with `remote` and `osc_port`.
package struct PluginPorts: Equatable, Sendable {
  package var outputs: Int
  package var inputs: Int
  package var controls: [PluginControl]
  package var isGeneric = false
  /// Macros of the generic plug-in.
  package static let genericControls = 16

  package var midi: Int { outputs + inputs }
  package var firstControl: Int { midi + 1 }
  package var enabled: Int { firstControl + controls.count }
  package var latency: Int { enabled + 1 }
  /// Opens the OSC port, and its number; of the generic plug-in.
  package var remote: Int { latency + 1 }
  package var remotePort: Int { latency + 2 }
  package var count: Int { latency + (isGeneric ? 3 : 1) }

  /// Symbols of the other ports, which no control has.
  static let midiSymbol = "midi_in", enabledSymbol = "enabled", latencySymbol = "latency"
  static let remoteSymbol = "remote", remotePortSymbol = "osc_port"
  static func audioSymbols(_ direction: String, _ count: Int) -> [String] {
    count == 1 ? ["audio_\(direction)"] : (0..<count).map { "audio_\(direction)_\($0 + 1)" }
  }

  /// The ports of a bundle.
  package init(of patch: Patch, in registry: Registry, _ identity: PluginIdentity) {
    self =
      identity.isGeneric ? PluginPorts(generic: patch) : PluginPorts(of: patch, in: registry, keeping: identity.macros)
  }

  /// The ports of the generic plug-in.
  ///
  /// - Parameter patch: the patch that it begins with.
  package init(generic patch: Patch) {
    (outputs, inputs, isGeneric) = (2, 2, true)
    controls = (0..<PluginPorts.genericControls).map {
      PluginControl(number: $0 + 1, value: patch.macros.indices.contains($0) ? patch.macros[$0].value : 0)
    }
  }

  /// - Parameter macros: the names of the macros of the plug-in's ports so far; their ports keep their places.
  package init(of patch: Patch, in registry: Registry, keeping macros: [String] = []) {
    (outputs, inputs) = (patch.outputChannels(in: registry), patch.inputChannels(in: registry))
    let known = Set(macros)
    controls = macros.map { name in
      guard let macro = patch.macros.first(where: { $0.name == name }) else { return PluginControl(hidden: name) }
      return PluginControl(macro, of: patch, in: registry)
    }
    controls += patch.macros.filter { !known.contains($0.name) }.map { PluginControl($0, of: patch, in: registry) }
    var used = Set(
      PluginPorts.audioSymbols("out", outputs) + PluginPorts.audioSymbols("in", inputs)
        + [PluginPorts.midiSymbol, PluginPorts.enabledSymbol, PluginPorts.latencySymbol])
    for i in controls.indices {
      let symbol = controls[i].symbol
      var number = 2
      while !used.insert(controls[i].symbol).inserted {
        controls[i].symbol = "\(symbol)_\(number)"
        number += 1
      }
    }
  }
}

extension Patch {
  /// The number of output channels that the patch sends to; 1 where one side alone is patched.
  func outputChannels(in registry: Registry) -> Int {
    let outputs = nodes.filter { $0.value.type == "output" }
    guard !outputs.isEmpty else { return 2 }
    var count = 1
    for (id, node) in outputs {
      let sides = cables.keys.filter { $0.destination.node == id && ["left", "right"].contains($0.destination.port) }
      let isMono = Set(sides.map(\.destination.port)).count < 2
      count = max(count, channel(of: node, in: registry) + (isMono && outputs.count == 1 ? 0 : 1))
    }
    return count
  }

  func inputChannels(in registry: Registry) -> Int {
    nodes.values.filter { $0.type == "input" }.map { channel(of: $0, in: registry) }.max() ?? 0
  }

  /// The setting `channel`, from 1.
  private func channel(of node: PatchNode, in registry: Registry) -> Int {
    guard let module = registry[node.type], let port = module.input(named: "channel") else { return 1 }
    return Int(node.value(of: module.inputs[port]))
  }

  package func takesNotes(in registry: Registry) -> Bool {
    nodes.values.contains { registry[$0.type]?.about.takesNotes == true }
  }
}
