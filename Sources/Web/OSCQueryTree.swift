import Control
import ModuleKit
import PatchKit

/// One node of the tree of OSCQuery.
struct OSCQueryNode {
  var path: String
  /// Names and JSON values, in order.
  var attributes: [(name: String, json: String)] = []
  /// nil: a method.
  var contents: [(name: String, node: OSCQueryNode)]?

  func attribute(_ name: String) -> String? {
    if name == "FULL_PATH" { return JSONString.quoted(path) }
    return attributes.first { $0.name == name }?.json
  }

  var json: String {
    var attributes = attributes
    // Clients want it of containers too: there is no value.
    if contents != nil, !attributes.contains(where: { $0.name == "ACCESS" }) { attributes.append(("ACCESS", "0")) }
    var fields = ["\"FULL_PATH\":\(JSONString.quoted(path))"] + attributes.map { "\"\($0.name)\":\($0.json)" }
    if let contents {
      let nodes = contents.map { "\(JSONString.quoted($0.name)):\($0.node.json)" }
      fields.append("\"CONTENTS\":{\(nodes.joined(separator: ","))}")
    }
    return "{\(fields.joined(separator: ","))}"
  }
}

/// The tree of a session: parameters, macros, volume, and the commands as methods.
struct OSCQueryTree {
  let session: Session

  /// The node at a path; nil if none.
  func node(_ path: String) -> OSCQueryNode? {
    if path == "/" { return root }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    if parts.contains("") { return nil }
    var node = parts.first == "mod" || parts.first == "macro" ? nil : root
    if node == nil {
      if parts.count == 1 { return parts[0] == "mod" ? modules : macros }
      if parts[0] == "mod" {
        guard let found = module(parts[1]) else { return nil }
        return parts.count == 2
          ? found : parts.count == 3 ? found.contents?.first { $0.name == parts[2] }?.node : nil
      }
      if parts.count == 2, let macro = session.currentDraft.macros.first(where: { $0.name == parts[1] }) {
        return self.macro(macro)
      }
      node = root
    }
    for part in parts { node = node?.contents?.first { $0.name == part }?.node }
    return node
  }

  private var root: OSCQueryNode {
    var root = OSCQueryNode(path: "/", attributes: [("DESCRIPTION", "\"weft\"")], contents: [])
    root.contents!.append(("mod", modules))
    var groups: [String: [(String, OSCQueryNode)]] = [:]
    var plain: [(String, OSCQueryNode)] = []
    for command in CommandTable.all where !command.address.contains("ID") && !command.address.contains("NAME") {
      let parts = command.address.split(separator: "/").map(String.init)
      if parts.count == 1 {
        plain.append((parts[0], method(command)))
      } else {
        groups[parts[0], default: []].append((parts[1], method(command)))
      }
    }
    groups["macro", default: []] += session.currentDraft.macros.map { ($0.name, macro($0)) }
    for (name, node) in plain {
      var node = node
      if let inner = groups.removeValue(forKey: name) { node.contents = inner }
      root.contents!.append((name, node))
    }
    for (name, inner) in groups.sorted(by: { $0.key < $1.key }) {
      root.contents!.append((name, OSCQueryNode(path: "/\(name)", contents: inner)))
    }
    return root
  }

  private func method(_ command: Command) -> OSCQueryNode {
    let required = command.arguments.filter { $0.presence == .required }
    let tags = required.map { argument in
      switch argument.kind {
      case .number: "f"
      case .integer: "i"
      case .toggle: "i"
      case .text, .value, .document: "s"
      }
    }.joined()
    var attributes = [
      ("DESCRIPTION", JSONString.quoted(command.summary)), ("ACCESS", command.address == "/engine/volume" ? "3" : "0"),
    ]
    if !tags.isEmpty { attributes.append(("TYPE", "\"\(tags)\"")) }
    if command.address == "/engine/volume" {
      attributes += [
        ("VALUE", "[\(session.masterVolume.shortText)]"), ("RANGE", "[{\"MIN\":-120,\"MAX\":24}]"),
        ("UNIT", "[\"gain.db\"]"), ("CLIPMODE", "[\"both\"]"),
      ]
    }
    return OSCQueryNode(path: command.address, attributes: attributes)
  }

  // MARK: Parameters

  private var modules: OSCQueryNode {
    let ids = session.currentDraft.nodes.keys.sorted()
    return OSCQueryNode(path: "/mod", contents: ids.compactMap { id in module(id).map { (id, $0) } })
  }

  private func module(_ id: String) -> OSCQueryNode? {
    guard let node = session.currentDraft.nodes[id] else { return nil }
    var found = OSCQueryNode(path: "/mod/\(id)", contents: [])
    found.attributes = [("DESCRIPTION", JSONString.quoted(node.label.isEmpty ? node.type : node.label))]
    for spec in session.registry[node.type]?.inputs ?? [] where spec.isParameter {
      found.contents!.append((spec.name, parameter(id, node, spec)))
    }
    return found
  }

  private func parameter(_ id: String, _ node: PatchNode, _ spec: ParamSpec) -> OSCQueryNode {
    let number = node.value(of: spec)
    let value = spec.isFile ? node.params[spec.name] ?? spec.value(of: spec.defaultValue) : spec.value(of: number)
    let (type, json, range): (String, String, String?) =
      switch value {
      case .bool(let isOn): (isOn ? "T" : "F", isOn ? "true" : "false", nil)
      case .text(let text): ("s", JSONString.quoted(text), choices(spec))
      case .number(let number):
        (
          spec.type == .int ? "i" : "f", number.shortText,
          "[{\"MIN\":\(spec.range.lowerBound.shortText),\"MAX\":\(spec.range.upperBound.shortText)}]"
        )
      }
    var attributes = [
      ("TYPE", "\"\(type)\""), ("ACCESS", "3"), ("VALUE", "[\(json)]"),
      ("DESCRIPTION", JSONString.quoted(spec.summary)),
    ]
    if let range { attributes.append(("RANGE", range)) }
    if type == "f" || type == "i" { attributes.append(("CLIPMODE", "[\"both\"]")) }
    if let unit = OSCQueryTree.unit(spec.unit) { attributes.append(("UNIT", "[\"\(unit)\"]")) }
    return OSCQueryNode(path: "/mod/\(id)/\(spec.name)", attributes: attributes)
  }

  private func choices(_ spec: ParamSpec) -> String? {
    guard case .choice(let names) = spec.type else { return nil }
    return "[{\"VALS\":[\(names.map(JSONString.quoted).joined(separator: ","))]}]"
  }

  /// The names of units in the proposal of OSCQuery; nil for units that it does not have.
  private static func unit(_ unit: Unit) -> String? {
    switch unit {
    case .hertz: "time.hz"
    case .seconds: "time.second"
    case .milliseconds: "time.ms"
    case .decibels: "gain.db"
    case .percent, .semitones, .octaves, .cycles, .none: nil
    }
  }

  // MARK: Macros

  private var macros: OSCQueryNode {
    root.contents!.first { $0.name == "macro" }!.node
  }

  private func macro(_ macro: Macro) -> OSCQueryNode {
    OSCQueryNode(
      path: "/macro/\(macro.name)",
      attributes: [
        ("TYPE", "\"f\""), ("ACCESS", "3"), ("VALUE", "[\(macro.value.shortText)]"),
        ("RANGE", "[{\"MIN\":0,\"MAX\":1}]"), ("CLIPMODE", "[\"both\"]"),
        ("DESCRIPTION", JSONString.quoted(macro.label.isEmpty ? macro.name : macro.label)),
      ])
  }
}
