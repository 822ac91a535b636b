import Control
import PatchKit

/// JSON of OSC arguments, and arguments of JSON.
package enum WebJSON {
  static func text(_ argument: OSCArgument) -> String {
    switch argument {
    case .int32(let value): "\(value)"
    case .int64(let value): "\(value)"
    case .float(let value): value.isFinite ? value.shortText : "null"
    case .double(let value): value.isFinite ? "\(value)" : "null"
    case .string(let value), .symbol(let value): JSONString.quoted(value)
    case .bool(let value): value ? "true" : "false"
    case .array(let values): array(values)
    case .blob(let bytes): "[" + bytes.map { "\($0)" }.joined(separator: ",") + "]"
    case .nil: "null"
    case .timeTag, .impulse, .char, .midi, .color: JSONString.quoted(argument.description)
    }
  }

  static func array(_ arguments: some Sequence<OSCArgument>) -> String {
    "[" + arguments.map(text).joined(separator: ",") + "]"
  }

  static func error(_ code: String, _ message: String, _ suggestions: [String]) -> String {
    "{\"code\":\(JSONString.quoted(code)),\"message\":\(JSONString.quoted(message)),\"suggestions\":["
      + suggestions.map(JSONString.quoted).joined(separator: ",") + "]}"
  }

  /// The arguments of a command: a list of numbers, texts, true, false and null; an object is a document.
  package static func arguments(_ bytes: [UInt8]) throws(PatchError) -> [OSCArgument] {
    if bytes.isEmpty { return [] }
    guard case .array(let items) = try JSONValue(bytes) else {
      throw PatchError(.syntax, "a command takes a list of arguments, such as [\"osc1\", 0.5]")
    }
    var arguments: [OSCArgument] = []
    for item in items { arguments.append(try item.argument) }
    return arguments
  }

  /// The commands of a bundle: lists of an address and its arguments.
  package static func commands(_ bytes: [UInt8]) throws(PatchError) -> [OSCMessage] {
    guard case .array(let items) = try JSONValue(bytes) else { throw commandRule }
    var messages: [OSCMessage] = []
    for item in items {
      guard case .array(let parts) = item, case .string(let address)? = parts.first else { throw commandRule }
      var arguments: [OSCArgument] = []
      for part in parts.dropFirst() { arguments.append(try part.argument) }
      messages.append(OSCMessage(address, arguments))
    }
    return messages
  }
  private static let commandRule = PatchError(
    .syntax, "a bundle is a list of commands: [[\"/patch/create\", \"osc1\", \"sine\"], [\"/patch/commit\"]]")
}
