import PatchKit

/// Every command, in the order of the reference.
public enum CommandTable {
  public static let all: [Command] =
    patchCommands + drawingCommands + macroCommands + historyCommands + parameterCommands + snapCommands
    + presetCommands + clockCommands + scheduleCommands
    + noteCommands
    + midiCommands + registryCommands + engineCommands
    + clientCommands + notifyCommands + meterCommands + scopeCommands + recordCommands + trackCommands

  /// The commands whose addresses are fixed: a placeholder, sent as it is, names a node, parameter or macro.
  private static let byAddress = Dictionary(
    uniqueKeysWithValues: all.filter { !$0.address.hasSuffix("/PARAM") && !$0.address.hasSuffix("/NAME") }.map {
      ($0.address, $0)
    })
  private static let macroValue = all.first { $0.address == "/macro/NAME" }
  /// The commands whose addresses contain a node and a parameter, by their first word.
  private static let byFirstWord = Dictionary(
    uniqueKeysWithValues: all.filter { $0.address.hasSuffix("/ID/PARAM") }.map { command in
      (command.address.split(separator: "/")[0], command)
    })

  /// Finds the command of an address, and the names in the address.
  ///
  /// - Throws: `.noSuchAddress` with the nearest addresses.
  static func find(_ address: String) throws(PatchError) -> (command: Command, names: [String]) {
    let parts = address.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 4, parts[0].isEmpty, let command = byFirstWord[parts[1]] {
      return (command, [String(parts[2]), String(parts[3])])
    }
    if let command = byAddress[address] { return (command, []) }
    if parts.count == 3, parts[0].isEmpty, parts[1] == "macro", let command = macroValue {
      return (command, [String(parts[2])])
    }
    throw PatchError(
      .noSuchAddress, "there is no command \(address)",
      suggestions: Nearest.names(to: address, among: all.map(\.address)))
  }
}

extension Command {
  /// Checks number and types of the arguments.
  func check(_ arguments: [OSCArgument]) throws(PatchError) {
    let required = self.arguments.filter { $0.presence == .required }.count
    let group = self.arguments.filter { $0.presence == .repeated }.count
    let most = self.arguments.count - group
    let extra = arguments.count - most
    guard arguments.count >= required, extra <= 0 || group > 0 && extra % group == 0 else {
      throw PatchError(.argumentCount, "\(arguments.count) arguments are not allowed here: \(usage)")
    }
    for (i, value) in arguments.enumerated() {
      let spec = i < most ? self.arguments[i] : self.arguments[most + (i - most) % group]
      guard spec.accepts(value) else {
        throw PatchError(.argumentType, "argument \(i + 1), \(spec.name), must be a \(spec.kind.rawValue): \(usage)")
      }
      if let number = value.number, !number.isFinite {
        throw PatchError(.range, "argument \(i + 1), \(spec.name), must be finite")
      }
    }
  }
}

extension Command.Argument {
  func accepts(_ value: OSCArgument) -> Bool {
    switch kind {
    case .text: value.text != nil
    case .number: value.number != nil
    case .integer: value.number.map { !$0.isFinite || $0 == $0.rounded() } ?? false
    case .toggle: value.number != nil || ["on", "off"].contains(value.text)
    case .value: value.number != nil || value.text != nil
    case .document: value.text != nil || value.bytes != nil
    }
  }
}

extension OSCArgument {
  /// A blob's bytes.
  var bytes: [UInt8]? { if case .blob(let bytes) = self { bytes } else { nil } }
  /// on/off, true/false, 1/0.
  var isOn: Bool { text.map { $0 == "on" } ?? ((number ?? 0) != 0) }
}
