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
/// | `/snap/set` | name, the snapshot as a patch in JSON: its nodes, and macros with their values |
/// | `/snap/delete` | name |
/// | `/patch/place` | id x y; nil in place of x and y: none |
/// | `/patch/label` | id text |
/// | `/patch/frames` | the frames as JSON |
/// | `/patch/extra` | key, JSON text or nil, id for a key of a node |
/// | `/macro/set` | all macros as JSON |
/// | `/macro/NAME` | value |
///
/// Without a prefix `/mod`, `/midi`, `/snap`, `/macro`, `/patch/place`, `/patch/label` and `/patch/frames` edit the
/// draft and the committed patch, all others the draft. Before an
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
    case .param, .control, .snapshot, .place, .label, .frames, .macros, .macroValue: true
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
      patch.macros = snapshot.macros.sorted { $0.key < $1.key }.map { Macro(name: $0, value: $1) }
      return OSCMessage(
        "/snap/set", [.string(name), .string(PatchFile.text(of: patch, in: registry, isExplicit: true))])
    case .snapshot(let name, nil): return OSCMessage("/snap/delete", [.string(name)])
    case .replace(let patch):
      return OSCMessage("/patch/set", [.string(PatchFile.text(of: patch, in: registry, isExplicit: true))])
    case .place(let id, let position):
      return OSCMessage(
        "/patch/place", [.string(id), position.map { .float($0.x) } ?? .nil, position.map { .float($0.y) } ?? .nil])
    case .label(let id, let text): return OSCMessage("/patch/label", [.string(id), .string(text)])
    case .frames(let frames): return OSCMessage("/patch/frames", [.string(PatchFile.json(of: frames))])
    case .extra(let id, let key, let value):
      return OSCMessage(
        "/patch/extra", [.string(key), value.map { .string($0) } ?? .nil] + (id.map { [.string($0)] } ?? []))
    case .macros(let macros): return OSCMessage("/macro/set", [.string(PatchFile.json(of: macros))])
    case .macroValue(let name, let value): return OSCMessage("/macro/\(name)", [.float(value)])
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
    case "/snap/set":
      let name = try arguments.text(), patch = try arguments.patch(registry)
      let macros = patch.macros.map { ($0.name, $0.value) }
      self = .snapshot(
        name, Snapshot(nodes: patch.nodes, macros: Dictionary(macros, uniquingKeysWith: { first, _ in first })))
    case "/snap/delete": self = .snapshot(try arguments.text(), nil)
    case "/patch/set": self = .replace(try arguments.patch(registry))
    case "/patch/place":
      let id = try arguments.text(), x = try arguments.float(), y = try arguments.float()
      self = .place(id, x.flatMap { x in y.map { NodePosition(x, $0) } })
    case "/patch/label": self = .label(try arguments.text(), try arguments.text())
    case "/patch/frames": self = .frames(try arguments.frames())
    case "/patch/extra":
      let key = try arguments.text(), value = try arguments.optionalText()
      self = .extra(node: arguments.isEmpty ? nil : try arguments.text(), key: key, value: value)
    case "/macro/set": self = .macros(try arguments.macros(registry))
    default:
      let parts = message.address.split(separator: "/", omittingEmptySubsequences: false)
      if parts.count == 3, parts[0].isEmpty, parts[1] == "macro" {
        guard let value = try arguments.float() else {
          throw PatchError(.argumentType, "the resolved edit \(message.address) has no value")
        }
        self = .macroValue(String(parts[2]), value)
        try arguments.end()
        return
      }
      guard parts.count == 4, parts[0].isEmpty, parts[1] == "mod" else {
        throw PatchError(.noSuchAddress, "\(message.address) is not a resolved edit")
      }
      self = .param(PortAddress(String(parts[2]), String(parts[3])), try arguments.optionalValue())
    }
    try arguments.end()
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
