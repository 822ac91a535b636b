import ModuleKit
import PatchKit

/// The arguments of a resolved edit, first to last.
struct EditArguments {
  private let address: String
  private var rest: ArraySlice<OSCArgument>

  init(_ message: OSCMessage) { (address, rest) = (message.address, message.arguments[...]) }

  var isEmpty: Bool { rest.isEmpty }

  private mutating func next() throws(PatchError) -> OSCArgument {
    guard let first = rest.popFirst() else {
      throw PatchError(.argumentCount, "the resolved edit \(address) has too few arguments")
    }
    return first
  }

  func end() throws(PatchError) {
    if !rest.isEmpty { throw PatchError(.argumentCount, "the resolved edit \(address) has too many arguments") }
  }

  private func wrong(_ argument: OSCArgument, _ wanted: String) -> PatchError {
    PatchError(.argumentType, "the resolved edit \(address) has \(argument.kind) in place of \(wanted)")
  }

  mutating func text() throws(PatchError) -> String {
    let argument = try next()
    guard let text = argument.text else { throw wrong(argument, "a string") }
    return text
  }

  mutating func integer() throws(PatchError) -> Int {
    let argument = try next()
    guard let number = argument.number, let whole = Int(exactly: number) else { throw wrong(argument, "an integer") }
    return whole
  }

  /// nil for an OSC nil.
  mutating func float() throws(PatchError) -> Float? {
    let argument = try next()
    if argument == .nil { return nil }
    guard let number = argument.number, number.isFinite else { throw wrong(argument, "a number") }
    return Float(number)
  }

  mutating func value() throws(PatchError) -> ParamValue {
    let argument = try next()
    if let text = argument.text { return .text(text) }
    if case .bool(let isOn) = argument { return .bool(isOn) }
    guard let number = argument.number, number.isFinite else { throw wrong(argument, "a value") }
    return .number(Float(number))
  }

  mutating func optionalValue() throws(PatchError) -> ParamValue? {
    if rest.first == .nil {
      rest.removeFirst()
      return nil
    }
    return try value()
  }

  /// `node/port`, or `node` for the main port of a placeholder.
  mutating func port() throws(PatchError) -> PortAddress {
    let text = try text()
    if text.hasPrefix("/macro/") { return .macro(String(text.dropFirst("/macro/".utf8.count))) }
    guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else { return PortAddress(text, "") }
    return PortAddress(String(text[..<slash]), String(text[text.utf8.index(after: slash)...]))
  }

  /// nil for an OSC nil.
  mutating func optionalText() throws(PatchError) -> String? {
    if rest.first == .nil {
      rest.removeFirst()
      return nil
    }
    return try text()
  }

  mutating func macros(_ registry: Registry) throws(PatchError) -> [Macro] {
    let text = try text()
    do throws(PatchErrors) { return try PatchFile.macros(from: text, for: nil, in: registry) } catch {
      throw error.asOne
    }
  }

  mutating func frames() throws(PatchError) -> [Frame] {
    let text = try text()
    do throws(PatchErrors) { return try PatchFile.frames(from: text) } catch { throw error.asOne }
  }

  mutating func patch(_ registry: Registry) throws(PatchError) -> Patch {
    let text = try text()
    do throws(PatchErrors) {
      return try PatchFile.read(Array(text.utf8), in: registry, allowMissing: true)
    } catch { throw error.asOne }
  }
}
