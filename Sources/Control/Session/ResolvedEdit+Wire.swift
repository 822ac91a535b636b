import ModuleKit
import PatchKit

/// The wire form of a resolved edit: an OSC address and arguments.
///
/// | address | arguments |
/// |---|---|
/// | `/patch/create` | id type, then alternating parameters and values |
/// | `/patch/delete` | id |
/// | `/patch/rename` | id new-id |
/// | `/patch/connect` | node/port node/port amount |
/// | `/patch/disconnect` | node/port node/port |
/// | `/patch/voices` | count |
/// | `/patch/tuning` | scale and keyboard file; none: equal temperament |
/// | `/patch/name`, `/patch/about` | text |
/// | `/patch/set` | a patch as JSON |
/// | `/patch/commit` | revision |
/// | `/mod/ID/PARAM` | value, nil for the default |
/// | `/midi/map` | node/parameter controller channel from to fine; from and to nil for the parameter's range |
/// | `/midi/unlearn` | node/parameter |
/// | `/snap/set` | name, the nodes of the snapshot as a patch in JSON |
/// | `/snap/delete` | name |
///
/// Without a prefix `/mod`, `/midi` and `/snap` edit the draft and the committed patch, all others the draft. Before an
/// address `/draft` restricts it to the draft, `/committed` to the committed patch.
extension ResolvedEdit {
  static let draftPrefix = "/draft", committedPrefix = "/committed"

  public func message(in registry: Registry) -> OSCMessage {
    switch self {
    case .draft(let edit):
      let message = edit.message(in: registry)
      return edit.isOfBoth ? OSCMessage(ResolvedEdit.draftPrefix + message.address, message.arguments) : message
    case .committed(let edit):
      let message = edit.message(in: registry)
      return OSCMessage(ResolvedEdit.committedPrefix + message.address, message.arguments)
    case .both(let edit): return edit.message(in: registry)
    case .commit(let revision): return OSCMessage("/patch/commit", [.int32(Int32(truncatingIfNeeded: revision))])
    }
  }

  /// - Throws: `.noSuchAddress`, `.argumentCount`, `.argumentType` for a message that is no resolved edit; the errors
  ///   of a patch file or a scale in it.
  public init(_ message: OSCMessage, in registry: Registry) throws(PatchError) {
    if message.address == "/patch/commit" {
      var arguments = EditArguments(message)
      self = .commit(revision: try arguments.integer())
      return
    }
    for prefix in [ResolvedEdit.draftPrefix, ResolvedEdit.committedPrefix] {
      guard message.address.hasPrefix(prefix + "/") else { continue }
      let inner = OSCMessage(String(message.address.dropFirst(prefix.count)), message.arguments)
      let edit = try PatchEdit(inner, in: registry)
      self = prefix == ResolvedEdit.draftPrefix ? .draft(edit) : .committed(edit)
      return
    }
    let edit = try PatchEdit(message, in: registry)
    self = edit.isOfBoth ? .both(edit) : .draft(edit)
  }
}

extension PatchEdit {
  /// True if a request for this edit also edits the committed patch.
  var isOfBoth: Bool {
    switch self {
    case .param, .control, .snapshot: true
    default: false
    }
  }

  func message(in registry: Registry) -> OSCMessage {
    switch self {
    case .create(let id, let node):
      let params = node.params.sorted { $0.key < $1.key }.flatMap { [OSCArgument.string($0.key), $0.value.exact] }
      return OSCMessage("/patch/create", [.string(id), .string(node.type)] + params)
    case .delete(let id): return OSCMessage("/patch/delete", [.string(id)])
    case .rename(let id, let other): return OSCMessage("/patch/rename", [.string(id), .string(other)])
    case .connect(let cable, let amount): return OSCMessage("/patch/connect", cable.ends + [.float(amount)])
    case .disconnect(let cable): return OSCMessage("/patch/disconnect", cable.ends)
    case .param(let port, let value):
      return OSCMessage("/mod/\(port.node)/\(port.port)", [value?.exact ?? .nil])
    case .voices(let count): return OSCMessage("/patch/voices", [.int32(Int32(clamping: count))])
    case .tuning(let tuning):
      return OSCMessage("/patch/tuning", [tuning?.scale, tuning?.keyboard].compactMap { $0.map { .string($0) } })
    case .name(let text): return OSCMessage("/patch/name", [.string(text)])
    case .about(let text): return OSCMessage("/patch/about", [.string(text)])
    case .control(let port, let control?):
      let ends = [control.from, control.to].map { end in end.map { OSCArgument.float($0) } ?? .nil }
      return OSCMessage(
        "/midi/map",
        [
          .string(port.description), .int32(Int32(clamping: control.controller)),
          .int32(Int32(clamping: control.channel)),
        ] + ends + [.bool(control.isFine)])
    case .control(let port, nil): return OSCMessage("/midi/unlearn", [.string(port.description)])
    case .snapshot(let name, let snapshot?):
      var patch = Patch()
      patch.nodes = snapshot.nodes
      return OSCMessage("/snap/set", [.string(name), .string(PatchFile.text(of: patch, in: registry))])
    case .snapshot(let name, nil): return OSCMessage("/snap/delete", [.string(name)])
    case .replace(let patch): return OSCMessage("/patch/set", [.string(PatchFile.text(of: patch, in: registry))])
    }
  }

  init(_ message: OSCMessage, in registry: Registry) throws(PatchError) {
    var arguments = EditArguments(message)
    switch message.address {
    case "/patch/create":
      let id = try arguments.text(), type = try arguments.text()
      var node = PatchNode(type: type, isPlaceholder: registry.find(type) == nil)
      while !arguments.isEmpty {
        let name = try arguments.text()
        node.params[name] = try arguments.value()
      }
      self = .create(id, node)
    case "/patch/delete": self = .delete(try arguments.text())
    case "/patch/rename": self = .rename(try arguments.text(), to: try arguments.text())
    case "/patch/connect":
      let cable = Cable(try arguments.port(), try arguments.port())
      self = .connect(cable, amount: try arguments.float() ?? 1)
    case "/patch/disconnect": self = .disconnect(Cable(try arguments.port(), try arguments.port()))
    case "/patch/voices": self = .voices(try arguments.integer())
    case "/patch/tuning":
      if arguments.isEmpty {
        self = .tuning(nil)
      } else {
        let scale = try arguments.text()
        self = .tuning(try Tuning(scale: scale, keyboard: arguments.isEmpty ? nil : try arguments.text()))
      }
    case "/patch/name": self = .name(try arguments.text())
    case "/patch/about": self = .about(try arguments.text())
    case "/midi/map":
      let port = try arguments.port()
      var control = MidiControl(controller: try arguments.integer())
      control.channel = try arguments.integer()
      control.from = try arguments.float()
      control.to = try arguments.float()
      control.isFine = try arguments.integer() != 0
      self = .control(port, control)
    case "/midi/unlearn": self = .control(try arguments.port(), nil)
    case "/snap/set": self = .snapshot(try arguments.text(), Snapshot(nodes: try arguments.patch(registry).nodes))
    case "/snap/delete": self = .snapshot(try arguments.text(), nil)
    case "/patch/set": self = .replace(try arguments.patch(registry))
    default:
      let parts = message.address.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 4, parts[0].isEmpty, parts[1] == "mod" else {
        throw PatchError(.noSuchAddress, "\(message.address) is no resolved edit")
      }
      self = .param(PortAddress(String(parts[2]), String(parts[3])), try arguments.optionalValue())
    }
    try arguments.end()
  }
}

/// The arguments of a resolved edit, first to last.
private struct EditArguments {
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

  /// A number; nil for an OSC nil.
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
    guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else { return PortAddress(text, "") }
    return PortAddress(String(text[..<slash]), String(text[text.utf8.index(after: slash)...]))
  }

  mutating func patch(_ registry: Registry) throws(PatchError) -> Patch {
    let text = try text()
    do throws(PatchErrors) {
      return try PatchFile.read(Array(text.utf8), in: registry, allowMissing: true)
    } catch { throw error.asOne }
  }
}

extension ParamValue {
  /// The OSC argument of the same type: a switch is a boolean.
  var exact: OSCArgument {
    switch self {
    case .number(let number): .float(number)
    case .bool(let isOn): .bool(isOn)
    case .text(let text): .string(text)
    }
  }
}
