import ModuleKit

extension PatchFile {
  /// The text of the patch file. Equal patches have equal texts; reading the text gives the patch.
  ///
  /// - Parameters:
  ///   - folder: the file's folder, to which paths are relative; nil: absolute paths.
  ///   - isExplicit: true for clients, which apply edits to the text: what format 1 leaves out is written in format 2, so
  ///     that no edit adds it.
  public static func text(
    of patch: Patch, in registry: Registry, folder: String? = nil, isExplicit: Bool = false
  ) -> String {
    var patch = patch.withFiles(relativeTo: folder, in: registry)
    var format = 2
    if !patch.needsFormatTwo(in: registry) {
      let shorter = patch.writtenInFormatOne(in: registry)
      if !isExplicit || shorter == patch && patch.compensatesLatency { (patch, format) = (shorter, 1) }
    }
    var text = "{\n  \"weft\": \(format),\n"
    if !patch.name.isEmpty { text += "  \"name\": \(JSONString.quoted(patch.name)),\n" }
    if !patch.about.isEmpty { text += "  \"about\": \(JSONString.quoted(patch.about)),\n" }
    text += "  \"voices\": \(patch.voices),\n"
    if let tuning = patch.tuning { text += "  \"tuning\": \(line(of: tuning, folder: folder)),\n" }
    if format > 1, !patch.compensatesLatency { text += "  \"compensation\": false,\n" }
    text += "  \"nodes\": "
    let ids = patch.nodes.keys.sorted()
    text += list(ids.map { "\(JSONString.quoted($0)): \(line(of: patch.nodes[$0]!, in: registry))" }, "{", "}")
    // After the nodes, whose parameters they drive.
    if !patch.macros.isEmpty { text += ",\n  \"macros\": " + list(patch.macros.map(line(of:)), "[", "]") }
    if !patch.frames.isEmpty { text += ",\n  \"frames\": " + list(patch.frames.map(line(of:)), "[", "]") }
    text += ",\n  \"cables\": "
    let modules = patch.nodes.compactMapValues { registry[$0.type] }
    let outputs = modules.compactMapValues { CableEnd.source.unnamedPort(of: $0) }
    let inputs = modules.compactMapValues { CableEnd.destination.unnamedPort(of: $0) }
    let cables = patch.cables.sorted { $0.key < $1.key }.map { cable, amount in
      let ends =
        "\(JSONString.quoted(short(cable.source, outputs))), \(JSONString.quoted(short(cable.destination, inputs)))"
      return "[\(ends)\(amount == 1 ? "" : ", \(amount.shortText)")]"
    }
    text += list(cables, "[", "]")
    if !patch.controls.isEmpty {
      let controls = patch.controls.sorted { $0.key < $1.key }.map { parameter, control in
        "\(JSONString.quoted(parameter.description)): \(line(of: control))"
      }
      text += ",\n  \"midi\": " + list(controls, "{", "}")
    }
    if !patch.snapshots.isEmpty { text += ",\n  \"snapshots\": {\n\(snapshots(of: patch, in: registry))\n  }" }
    for (key, value) in patch.extras.sorted(by: { $0.key < $1.key }) {
      text += ",\n  \(JSONString.quoted(key)): \(value)"
    }
    return text + "\n}\n"
  }

  /// One node a line, as among the nodes.
  private static func snapshots(of patch: Patch, in registry: Registry) -> String {
    patch.snapshots.sorted { $0.key < $1.key }.map { name, snapshot in
      var nodes = snapshot.nodes.sorted { $0.key < $1.key }.map { id, node in
        "      \(JSONString.quoted(id)): \(line(of: node, in: registry))"
      }
      if !snapshot.macros.isEmpty { nodes.insert("      " + macroValues(of: snapshot), at: 0) }
      return "    \(JSONString.quoted(name)): {" + (nodes.isEmpty ? "}" : "\n\(nodes.joined(separator: ",\n"))\n    }")
    }.joined(separator: ",\n")
  }

  /// One item a line.
  static func list(_ lines: [String], _ open: String, _ close: String) -> String {
    if lines.isEmpty { return open + close }
    return open + "\n    " + lines.joined(separator: ",\n    ") + "\n  " + close
  }

  private static func line(of tuning: Tuning, folder: String?) -> String {
    let files = zip(Tuning.fileKeys, [tuning.scale, tuning.keyboard]).compactMap { key, path in
      path.map { path in
        let shown = folder.map { FilePath.relative(path, to: FilePath.absolute($0, in: nil)) } ?? path
        return "\(JSONString.quoted(key)): \(JSONString.quoted(shown))"
      }
    }
    return "{ \(files.joined(separator: ", ")) }"
  }

  private static func line(of node: PatchNode, in registry: Registry) -> String {
    var text = "{ \"type\": \(JSONString.quoted(node.type))"
    if !node.params.isEmpty {
      let module = registry[node.type]
      let params = node.params.sorted { $0.key < $1.key }.map { name, value in
        let spec = module.flatMap { module in module.input(named: name).map { module.inputs[$0] } }
        return "\(JSONString.quoted(name)): \(json(value, spec))"
      }
      text += ", \"params\": { \(params.joined(separator: ", ")) }"
    }
    if let at = node.position { text += ", \"at\": [\(at.x.shortText), \(at.y.shortText)]" }
    if !node.label.isEmpty { text += ", \"label\": \(JSONString.quoted(node.label))" }
    return text + fields(of: node.extras) + " }"
  }

  private static func line(of control: MidiControl) -> String {
    var parts: [String] = []
    func add(_ key: ControlKey, _ value: String) { parts.append("\(JSONString.quoted(key.rawValue)): \(value)") }
    if control.channel != 0 { add(.channel, "\(control.channel)") }
    add(.controller, "\(control.controller)")
    if control.isFine { add(.fine, "true") }
    if let from = control.from { add(.from, from.shortText) }
    if let to = control.to { add(.to, to.shortText) }
    return "{ \(parts.joined(separator: ", ")) }"
  }

  /// The value as shown: a choice by name, a switch as true or false.
  private static func json(_ value: ParamValue, _ spec: ParamSpec?) -> String {
    var value = value
    if let spec, let kept = try? spec.kept(value, at: "") { value = kept }
    switch value {
    case .number(let number): return number.shortText
    case .bool(let bool): return bool ? "true" : "false"
    case .text(let text): return JSONString.quoted(text)
    }
  }

  /// The node alone if the port is its main one in every format.
  private static func short(_ port: PortAddress, _ mainPorts: [String: String]) -> String {
    mainPorts[port.node] == port.port ? port.node : port.description
  }
}
