import Control
import ModuleKit
import TestSupport

/// Messages allowed by the command table, with few names, so that they collide: creation of existing nodes, cables
/// between deleted ones, numbers at every limit.
struct CommandGrammar {
  var random: SplitMix

  private static let ids = ["a", "b", "c", "osc", "filt", "env", "keys", "out", "#1", "", "0", "x/y"]
  private static let edges: [Float] = [
    0, 1, -1, 0.5, 8, 57, 440, 1e-30, 1e30, -1e30, 4_096, 65_536, 2_147_483_648, .infinity, .nan, -0.0, 1e-38,
  ]
  private static let names = registry.names
  private static let ports: [String] = Array(
    Set(names.flatMap { name in registry[name]!.inputs.map(\.name) + registry[name]!.outputs.map(\.name) })
  ).sorted()
  private static let commands = CommandTable.all.filter { $0.address != "/quit" }
  /// Files in the root, and names outside it.
  private static let paths = ["a.json", "b.json", "take.wav", "../a.json", "/etc/passwd", "sub/../a.json", "a\u{1}b"]

  /// The vocabulary of the packets.
  static let words = commands.map(\.address) + names + ports + ids

  init(seed: UInt64) { random = SplitMix(seed: seed) }

  mutating func message() -> OSCMessage {
    let command = CommandGrammar.commands[random.below(CommandGrammar.commands.count)]
    let address = command.address.split(separator: "/").map { part in
      switch part {
      case "ID": pick(CommandGrammar.ids)
      case "PARAM": pick(CommandGrammar.ports)
      default: String(part)
      }
    }
    var arguments: [OSCArgument] = []
    for argument in command.arguments {
      switch argument.presence {
      case .required: arguments.append(value(argument.kind))
      case .optional: if random.below(3) == 0 { arguments.append(value(argument.kind)) }
      case .repeated: break
      }
    }
    let group = command.arguments.filter { $0.presence == .repeated }
    for _ in 0..<(group.isEmpty ? 0 : random.below(3)) { arguments += group.map { value($0.kind) } }
    switch random.below(12) {
    case 0: arguments.append(value(.value))
    case 1 where !arguments.isEmpty: arguments.removeLast()
    case 2: arguments.append(.string("#\(random.below(9))"))
    default: break
    }
    return OSCMessage("/" + address.joined(separator: "/"), arguments)
  }

  private mutating func pick(_ list: [String]) -> String { list[random.below(list.count)] }

  private mutating func text() -> String {
    switch random.below(7) {
    case 0: pick(CommandGrammar.names)
    case 1: pick(CommandGrammar.ids) + "/" + pick(CommandGrammar.ports)
    case 2: pick(CommandGrammar.paths)
    case 3: pick(CommandGrammar.ports)
    default: pick(CommandGrammar.ids)
    }
  }

  private mutating func value(_ kind: Command.Argument.Kind) -> OSCArgument {
    switch kind {
    case .text: .string(text())
    case .number: .float(CommandGrammar.edges[random.below(CommandGrammar.edges.count)])
    case .integer: random.below(4) == 0 ? .float(.nan) : .int32([0, 1, 2, 8, 57, -1, 100, .max, .min][random.below(9)])
    case .toggle: random.below(2) == 0 ? .string("on") : .int32(0)
    case .value: random.below(2) == 0 ? .string(text()) : value(.number)
    case .document: .string(#"{ "weft": 1, "nodes": { "a": { "type": "\#(text())" } } }"#)
    }
  }
}
