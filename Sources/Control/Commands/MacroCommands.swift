import ModuleKit
import PatchKit

extension CommandTable {
  /// Macros: controls of the whole patch, 0 to 1, that drive parameters.
  static let macroCommands: [Command] = [
    Command(
      "/macro/NAME", [.number("value", .optional), .number("seconds", .optional)],
      "Sets a macro, 0 to 1, and the parameters that it drives, at once or over seconds; without a value, returns it",
      .editIf { !$0.isEmpty }
    ) { session, call throws(PatchError) in
      let name = call.names[0]
      guard let value = call.optionalNumber(0) else { return .done([.float(try session.macros.macro(name).value)]) }
      try session.macros.set(
        name, to: Float(value), over: try call.rampSeconds(1), at: call.frame, by: session.client(of: call),
        except: call.requester.id)
      return .done([.float(Float(value))])
    },
    Command(
      "/macro/add",
      [
        .text("name"), .text("param", .repeated), .value("from", .repeated), .value("to", .repeated),
      ],
      "Adds a macro that drives parameters (ID/PARAM), each from one value to another; an existing macro gets the parameters added",
      .edit
    ) { session, call throws(PatchError) in
      let (macros, count) = try session.macros.adding(call)
      try session.macros.setAll(macros, call)
      return .done([.string(call.text(0)), .int32(Int32(clamping: count))])
    },
    Command(
      "/macro/remove", [.text("name"), .text("param", .optional)],
      "Removes a macro, or one of the parameters that it drives", .edit
    ) { session, call throws(PatchError) in
      var macros = session.draft.patch.macros, macro = try session.draft.patch.macro(call.text(0))
      let index = macros.firstIndex { $0.name == macro.name }!
      if let param = call.optionalText(1) {
        let port = try session.draft.patch.parameterAddress(param), count = macro.targets.count
        macro.targets.removeAll { $0.param == port }
        guard macro.targets.count < count else {
          throw PatchError(
            .noSuchParam, "the macro \(macro.name) does not drive \(param)",
            suggestions: Nearest.names(to: param, among: macro.targets.map(\.param.description)))
        }
        macros[index] = macro
      } else {
        macros.remove(at: index)
      }
      try session.macros.setAll(macros, call)
      return .done([.string(macro.name)])
    },
    Command("/macro/move", [.text("name"), .integer("index")], "Moves a macro in the list, from 0", .edit) {
      session, call throws(PatchError) in
      var macros = session.draft.patch.macros
      let macro = try session.draft.patch.macro(call.text(0))
      guard let index = Int(exactly: call.number(1)), macros.indices.contains(index) else {
        throw PatchError(.range, "an index is 0 to \(macros.count - 1)")
      }
      macros.removeAll { $0.name == macro.name }
      macros.insert(macro, at: index)
      try session.macros.setAll(macros, call)
      return .done([.string(macro.name), .int32(Int32(index))])
    },
    Command(
      "/macro/label", [.text("name"), .text("text")], "Sets the label of a macro; with an empty text its name is shown",
      .edit
    ) { session, call throws(PatchError) in
      let name = try session.draft.patch.macro(call.text(0)).name
      var macros = session.draft.patch.macros
      macros[macros.firstIndex { $0.name == name }!].label = call.text(1)
      try session.macros.setAll(macros, call)
      return .done([.string(name), .string(call.text(1))])
    },
    Command(
      "/macro/set", [.document("json")], "Replaces all macros by the value of macros in a patch file, as JSON",
      .edit
    ) { session, call throws(PatchError) in
      let text = call.documentText(0), macros: [Macro]
      do throws(PatchErrors) {
        macros = try PatchFile.macros(from: text, for: session.draft.patch, in: session.registry)
      } catch { throw error.asOne }
      try session.macros.setAll(macros, call)
      return .done([.int32(Int32(clamping: macros.count))])
    },
    Command(
      "/macro/list", [],
      "Lists the macros: name, label, value, then parameter, value at 0 and value at 1 of each target"
    ) { session, call in
      let patch = session.draft.patch
      for macro in patch.macros {
        let lowest = patch.values(of: macro, at: 0, in: session.registry)
        let highest = patch.values(of: macro, at: 1, in: session.registry)
        let targets = zip(lowest, highest).flatMap {
          [OSCArgument.string($0.param.description), $0.value.osc, $1.value.osc]
        }
        call.item([.string(macro.name), .string(macro.label), .float(macro.value)] + targets)
      }
      return .done([.int32(Int32(clamping: patch.macros.count))])
    },
  ]
}

extension Macros {
  /// Sets the macros in the draft and in the committed patch: a step of the history.
  fileprivate func setAll(_ macros: [Macro], _ call: Call) throws(PatchError) {
    var patch = session.draft.patch
    patch.macros = []
    for macro in macros { patch.macros = try patch.adding(macro, in: session.registry) }
    let client = session.client(of: call)
    try session.editDrawing { () throws(PatchError) in session.store.setMacros(macros, by: client) }
  }

  /// The macros with the targets of a request added to a new or existing macro, and the number of its targets.
  fileprivate func adding(_ call: Call) throws(PatchError) -> ([Macro], Int) {
    let patch = session.draft.patch, name = call.text(0)
    var targets: [MacroTarget] = []
    for i in stride(from: 1, to: call.arguments.count, by: 3) {
      let port = try patch.parameterAddress(call.text(i))
      guard port.macro == nil else { throw PatchError(.noSuchParam, "a macro drives no macro") }
      var target = MacroTarget(port)
      target.from = try patch.resolve(call.value(i + 1), of: port.node, port.port, in: session.registry).number
      target.to = try patch.resolve(call.value(i + 2), of: port.node, port.port, in: session.registry).number
      targets.append(target)
    }
    guard var macro = patch.macros.first(where: { $0.name == name }) else {
      var macro = Macro(name: name, targets: targets)
      // The initial value is the position of its first parameter.
      if let first = targets.first, let spec = patch.spec(of: first.param, in: session.registry), !spec.isFile,
        let node = patch.nodes[first.param.node]
      {
        macro.value = first.position(of: node.value(of: spec), spec)
      }
      return (try patch.adding(macro, in: session.registry), targets.count)
    }
    macro.targets.removeAll { old in targets.contains { $0.param == old.param } }
    macro.targets += targets
    return (patch.macros.map { $0.name == name ? macro : $0 }, macro.targets.count)
  }
}
