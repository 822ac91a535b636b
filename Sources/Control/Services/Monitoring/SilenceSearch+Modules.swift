import ModuleKit
import PatchKit

/// Reasons inside a module whose inputs are neither silent nor closed.
extension SilenceSearch {
  mutating func explainModule(_ id: String, _ node: PatchNode, _ module: ModuleDescriptor) {
    if module.name == "input" {
      return add(id, .noInput, "no signal arrives at the audio input", "weft devices")
    }
    for spec in module.inputs {
      let port = PortAddress(id, spec.name)
      if case .file(let names, _) = spec.type, names.isEmpty, node.params[spec.name] == nil {
        return add(id, .noSound, "no sound file is set", "/mod/\(port) PATH")
      }
      if spec.type == .bool, spec.name == "run", node.value(of: spec) < 0.5, !hasCable(into: port) {
        return add(id, .gateOff, "\(port) is off", "/mod/\(port) on")
      }
      if module.about.family == .envelopes, spec.name == "sustain", node.value(of: spec) == 0 {
        return add(
          id, .level, "\(port) is 0, and the envelope has decayed", "/mod/\(port) \(spec.defaultValue.shortText)")
      }
    }
    guard !module.outputs.isEmpty else { return }
    // Of several signals one is missing: the carrier of a ring modulator, the other side of a crossfade.
    for spec in module.inputs where spec.type == .signal && !hasCable(into: PortAddress(id, spec.name)) {
      let port = PortAddress(id, spec.name)
      return add(id, .noCable, "no cable ends at \(port)", "/patch/connect ID \(port)")
    }
  }

  func hasCable(into port: PortAddress) -> Bool { patch.cables.keys.contains { $0.destination == port } }

  /// False for the level of an input without a cable: `gain2` where nothing enters `in2`.
  func isUsed(_ level: ParamSpec, of id: String) -> Bool {
    let number = level.name.drop { !$0.isNumber }
    return number.isEmpty || hasCable(into: PortAddress(id, "in\(number)"))
  }
}
