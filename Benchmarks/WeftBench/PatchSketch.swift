import PatchKit

/// Writes patches concisely: ports always in full, nothing checked until the patch is compiled.
struct PatchSketch {
  private(set) var patch = Patch()

  init(voices: Int = 1) { patch.voices = voices }

  /// Adds a node; returns its id.
  @discardableResult
  mutating func node(_ id: String, _ type: String, _ params: [String: Double] = [:], choices: [String: String] = [:])
    -> String
  {
    var params = params.mapValues { ParamValue.number(Float($0)) }
    for (name, choice) in choices { params[name] = .text(choice) }
    patch.nodes[id] = PatchNode(type: type, params: params)
    return id
  }

  /// Adds a cable between two ports, each written `node/port`.
  mutating func cable(_ source: String, _ destination: String, _ amount: Double = 1) {
    patch.cables[Cable(address(source), address(destination))] = Float(amount)
  }

  private func address(_ text: String) -> PortAddress {
    let parts = text.split(separator: "/")
    return PortAddress(String(parts[0]), String(parts[1]))
  }
}
