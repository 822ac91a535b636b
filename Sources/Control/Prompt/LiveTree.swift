import PatchKit

/// Nodes, modules and snapshots of a running weft, from its replies; the data of prompt completion.
public struct LiveTree: Sendable {
  /// One input of a module.
  public struct Port: Sendable, Equatable {
    public var name: String
    /// `float`, `int`, `bool`, `signal`, or the choices separated by bars.
    public var kind: String
    public var defaultValue: String
    public var low: Double
    public var high: Double
    public var unit: String
    public var summary: String

    /// The names of its choices, if any.
    public var choices: [String] {
      kind == "bool" ? ["true", "false"] : kind.contains("|") ? kind.split(separator: "|").map(String.init) : []
    }
    public var isParameter: Bool { kind != "signal" }
  }
  public struct Module: Sendable, Equatable {
    public var inputs: [Port] = []
    public var outputs: [String] = []
  }

  /// The module of each node, by id.
  public var nodes: [String: String] = [:]
  /// The parameters that are set, by node.
  public var parameters: [String: [String: String]] = [:]
  public var types: [String] = []
  public var snapshots: [String] = []
  public var modules: [String: Module] = [:]

  public init() {}

  /// Requests nodes, parameters and snapshots, and the ports of new modules.
  ///
  /// - Parameter ask: sends a request and returns its replies, the last included.
  public mutating func refresh(_ ask: (OSCMessage) throws(PatchError) -> [OSCMessage]) throws(PatchError) {
    nodes = [:]
    parameters = [:]
    for item in try ask(OSCMessage("/patch/nodes")).dropLast() {
      guard item.arguments.count >= 2, let id = item.arguments[0].text else { continue }
      nodes[id] = item.arguments[1].text
      let set = item.arguments.dropFirst(2).map(\.shown)
      for i in stride(from: 0, to: set.count - 1, by: 2) { parameters[id, default: [:]][set[i]] = set[i + 1] }
    }
    snapshots = try ask(OSCMessage("/snap/list")).dropLast().compactMap { $0.arguments.first?.text }
    if types.isEmpty {
      types = try ask(OSCMessage("/registry/list")).dropLast().compactMap { $0.arguments.first?.text }
    }
    for type in Set(nodes.values) where modules[type] == nil { try learn(type, ask) }
  }

  /// Requests the ports of a module.
  public mutating func learn(
    _ type: String, _ ask: (OSCMessage) throws(PatchError) -> [OSCMessage]
  ) throws(PatchError) {
    let replies = try ask(OSCMessage("/registry/get", [.string(type)]))
    guard replies.last?.address == "/done" else { return }
    var module = Module()
    for item in replies.dropLast() {
      let values = item.arguments
      switch values.first?.text {
      case "input" where values.count >= 8:
        module.inputs.append(
          Port(
            name: values[1].text ?? "", kind: values[2].text ?? "", defaultValue: values[3].shown,
            low: values[4].number ?? 0, high: values[5].number ?? 0, unit: values[6].text ?? "",
            summary: values[7].text ?? ""))
      case "output" where values.count >= 2: module.outputs.append(values[1].text ?? "")
      default: break
      }
    }
    modules[type] = module
  }

  func port(_ id: String, _ name: String) -> Port? {
    nodes[id].flatMap { modules[$0] }?.inputs.first { $0.name == name }
  }
}

extension OSCArgument {
  /// The argument as typed: a number without a trailing `.0`.
  var shown: String {
    guard text == nil, let number else { return text ?? description }
    return number == number.rounded() && number.magnitude < 1e9 ? "\(Int(number))" : "\(Float(number))"
  }
}
