import Engine
import PatchKit

/// Completions of a typed line, from the nodes, modules and snapshots of the running weft.
public struct LineCompletion: Equatable, Sendable {
  /// Completions of the last word of the line.
  public var words: [String] = []
  /// A hint about a value: its parameter, current value, range and unit.
  public var hint: String?
  /// True if the word is a file name.
  public var wantsFile = false
  /// True if the words are complete; false if a `/` and more must follow.
  public var isWhole = true

  public init(of line: String, in tree: LiveTree) {
    var words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    if line.last == " " || words.isEmpty { words.append("") }
    complete(words, in: tree)
    let last = words.last!
    self.words = self.words.filter { $0.hasPrefix(last) }.sorted()
  }

  private mutating func complete(_ line: [String], in tree: LiveTree) {
    if line.count == 1 { return completeAddress(line[0], in: tree) }
    guard let (command, names) = try? CommandTable.find(line[0]) else { return }
    let index = line.count - 2, arguments = command.arguments
    let group = arguments.filter { $0.presence == .repeated }, single = arguments.count - group.count
    guard index < single || !group.isEmpty else { return }
    let argument = index < single ? arguments[index] : group[(index - single) % group.count]
    complete(argument, line, names, in: tree)
  }

  /// Completes the address of a command; parameter addresses part by part: node, then parameter.
  private mutating func completeAddress(_ word: String, in tree: LiveTree) {
    let parts = word.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    for command in CommandTable.all {
      guard command.address.hasSuffix("/ID/PARAM") else {
        words.append(command.address)
        continue
      }
      let root = String(command.address.dropLast("ID/PARAM".count))
      guard word.hasPrefix(root) else {
        words.append(root)
        continue
      }
      isWhole = parts.count > 3
      if parts.count <= 3 {
        words += tree.nodes.keys.map { root + $0 + "/" }
      } else if let module = tree.nodes[parts[2]].flatMap({ tree.modules[$0] }) {
        words += module.inputs.filter(\.isParameter).map { root + parts[2] + "/" + $0.name }
      }
    }
    let fitting = words.filter { $0.hasPrefix(word) }
    if fitting.count == 1, fitting[0].hasSuffix("/") { isWhole = false }
  }

  private mutating func complete(
    _ argument: Command.Argument, _ line: [String], _ names: [String], in tree: LiveTree
  ) {
    let ids = Array(tree.nodes.keys)
    switch argument.name {
    case "id" where line[0] == "/patch/create", "new": hint = "a name for the node"
    case "id", "node": words = line[0].hasPrefix("/preset") ? ids + [Presets.wholePatch] : ids
    case "id-or-out": words = ids + [SignalAddress.outputs]
    case "type": words = tree.types
    case "source": words = ids + tree.nodes.flatMap { id, type in ports(id, tree.modules[type]?.outputs) }
    case "destination":
      words = ids + tree.nodes.flatMap { id, type in ports(id, tree.modules[type]?.inputs.map(\.name)) }
    case "param": words = tree.modules[line[2]]?.inputs.filter(\.isParameter).map(\.name) ?? []
    case "value", "value-seconds-curve":
      let port =
        names.count == 2
        ? tree.port(names[0], names[1]) : tree.modules[line[2]]?.inputs.first { $0.name == line[line.count - 2] }
      guard let port else { return }
      words = port.choices
      hint = LineCompletion.hint(port, current: names.count == 2 ? tree.parameters[names[0]]?[names[1]] : nil)
    case "curve": words = AutomationCurve.names.map(\.name)
    case "name" where line[0].hasPrefix("/snap"), "a", "b": words = tree.snapshots
    case "topic": words = Topic.selectable.map(\.rawValue)
    case "bar-or-beat": words = ["bar", "beat"]
    case "own-host-midi-or-file": words = ClockSource.allCases.map(\.rawValue)
    case "number-or-address": completeAddress(line.last!, in: tree)
    case "path": wantsFile = true
    case "overwrite", "allow-missing", "ring": words = [argument.name]
    default: if argument.kind == .toggle { words = ["on", "off"] } else { hint = argument.name }
    }
  }

  private func ports(_ id: String, _ names: [String]?) -> [String] { (names ?? []).map { "\(id)/\($0)" } }

  /// `frequency: 440 (0.1 to 20000 Hz): the parameter's summary`.
  private static func hint(_ port: LiveTree.Port, current: String?) -> String {
    let unit = port.unit.isEmpty ? "" : " " + port.unit
    var range = port.choices.joined(separator: ", ")
    if range.isEmpty {
      range = "\(OSCArgument.double(port.low).shown) to \(OSCArgument.double(port.high).shown)\(unit)"
    }
    let value = current ?? port.defaultValue
    return "\(port.name): \(value)\(port.choices.isEmpty ? unit : "") (\(range)): \(port.summary)"
  }
}
