import Engine
import ModuleKit
import PatchKit

extension CommandTable {
  /// Edits of the draft: nodes, cables, voices; and commits.
  static let patchCommands: [Command] =
    [
      Command(
        "/patch/create", [.text("id"), .text("type"), .text("param", .repeated), .value("value", .repeated)],
        "Adds a node to the draft", .edit
      ) { session, call throws(PatchError) in
        var params: [(String, ParamValue)] = []
        for i in stride(from: 2, to: call.arguments.count, by: 2) { params.append((call.text(i), call.value(i + 1))) }
        let node = try session.draft.patch.newNode(
          call.text(0), type: call.text(1), params: params, in: session.registry)
        for (name, value) in node.params {
          try session.parameters.checkSound(value, of: node.type, name, at: call.text(0))
        }
        try call.apply(.create(call.text(0), node), to: session)
        return .done([.string(call.text(0))])
      },
      Command(
        "/patch/delete", [.text("id"), .text("ring", .optional)],
        "Removes a node and its cables; with ring, its tail plays out without input, for \(Int(RingOuts.longest)) s at most",
        .edit
      ) { session, call throws(PatchError) in
        let rings = call.optionalText(1) == "ring"
        guard call.arguments.count == 1 || rings else {
          throw PatchError(.argumentType, "the second argument may only be ring", suggestions: ["ring"])
        }
        if rings, session.ringOuts.count + session.draft.ringing.count >= RingOuts.limit {
          throw PatchError(.limit, "\(RingOuts.limit) nodes ring out already, the maximum")
        }
        try session.store.delete(call.text(0), rings: rings, by: session.client(of: call))
        return .done([.string(call.text(0))])
      },
      Command(
        "/patch/connect", [.text("source"), .text("destination"), .number("amount", .optional)],
        "Connects an output to an input: node or node/port to node or node/port; amount 1 unless given; a node alone is "
          + "its first output, or its main input: of a processor the signal, of a source the pitch", .edit
      ) { session, call throws(PatchError) in
        let amount = Float(call.optionalNumber(2) ?? 1)
        let cable = try session.draft.patch.newCable(call.text(0), call.text(1), amount: amount, in: session.registry)
        try call.apply(.connect(cable, amount: amount), to: session)
        return .done(cable.ends)
      },
      Command(
        "/patch/disconnect", [.text("source"), .text("destination")], "Removes a cable", .edit
      ) { session, call throws(PatchError) in
        let cable = try session.draft.patch.cable(call.text(0), call.text(1), in: session.registry)
        try call.apply(.disconnect(cable), to: session)
        return .done(cable.ends)
      },
      Command(
        "/patch/rename", [.text("id"), .text("new")], "Renames a node; it keeps its state", .edit
      ) { session, call throws(PatchError) in
        try session.draft.patch.checkRename(call.text(0), to: call.text(1))
        try call.apply(.rename(call.text(0), to: call.text(1)), to: session)
        return .done([.string(call.text(1))])
      },
      Command(
        "/patch/voices", [.integer("count")], "Sets the polyphony, 1 to \(Patch.Limits.voices)", .edit
      ) { session, call throws(PatchError) in
        let count = call.number(0)
        guard count.magnitude < 1e6 else { throw PatchError(.range, "1 to \(Patch.Limits.voices) voices") }
        try Patch.checkVoices(Int(count))
        try call.apply(.voices(Int(count)), to: session)
        return .done([.int32(Int32(count))])
      },
      Command(
        "/patch/tuning", [.text("scale", .optional), .text("keyboard", .optional)],
        "Tunes the keys by a Scala file (.scl) and a keyboard map (.kbm); without arguments: equal temperament", .edit
      ) { session, call throws(PatchError) in
        guard let scale = call.optionalText(0) else {
          try call.apply(.tuning(nil), to: session)
          return .done()
        }
        let tuning = try Tuning(scale: scale, keyboard: call.optionalText(1), root: session.files.root)
        try call.apply(.tuning(tuning), to: session)
        return .done([tuning.scale, tuning.keyboard].compactMap { $0.map { .string($0) } })
      },
      Command(
        "/patch/commit",
        [.value("ramp-or-if", .optional), .value("if-or-seq", .optional), .integer("seq", .optional)],
        "Compiles the draft and plays it; changed cables fade over the ramp in milliseconds "
          + "(\(Int(PlanPublisher.usualRamp * 1_000))). Replies when it sounds: revision, milliseconds, and the other "
          + "clients with edits in it. /patch/commit if SEQ fails (stale) if another client has edited the "
          + "draft after edit number SEQ, see /edits", .commit
      ) { session, call throws(PatchError) in
        let request = try CommitRequest(call)
        if let seq = request.seq, session.store.isStale(after: seq, for: session.client(of: call)) {
          throw PatchError(.stale, "another client has edited the draft after edit \(seq)")
        }
        try session.commits.commit(call, ramp: request.ramp)
        return .replied
      },
      Command("/patch/abort", [], "Reverts the draft to the committed patch", .edit) { session, call in
        session.store.replaceDraft(with: session.committed, by: session.client(of: call))
        return .done()
      },
      Command("/patch/clear", [], "Removes everything from the draft; the new patch has no file", .edit) {
        session, call in
        session.store.replaceDraft(with: Draft(), by: session.client(of: call))
        session.store.didClear()
        return .done()
      },
    ] + documentCommands
}

extension Call {
  /// Applies an edit to the draft in the name of the sender.
  fileprivate func apply(_ edit: PatchEdit, to session: Session) throws(PatchError) {
    try session.store.edit(edit, by: session.client(of: self))
  }
}

/// The arguments of `/patch/commit`.
private struct CommitRequest {
  /// Seconds.
  var ramp = PlanPublisher.usualRamp
  /// The last edit known to the sender.
  var seq: Int?

  init(_ call: Call) throws(PatchError) {
    var rest = call.arguments[...]
    if let milliseconds = rest.first?.number {
      guard (0...10_000).contains(milliseconds) else { throw PatchError(.range, "a ramp is 0 to 10000 ms") }
      ramp = milliseconds / 1_000
      rest.removeFirst()
    }
    guard !rest.isEmpty else { return }
    guard rest.popFirst()?.text == "if" else {
      throw PatchError(
        .argumentType, "allowed are a ramp in milliseconds, and if with the number of an edit", suggestions: ["if"])
    }
    guard let number = rest.popFirst()?.number, let whole = Int(exactly: number), rest.isEmpty else {
      throw PatchError(.argumentType, "if needs the number of an edit")
    }
    seq = whole
  }
}

extension Cable {
  var ends: [OSCArgument] { [.string(source.description), .string(destination.description)] }
}

extension Call {
  /// A parameter value: a number, a switch or a name.
  func value(_ index: Int) -> ParamValue { Call.paramValue(arguments[index]) }

  static func paramValue(_ argument: OSCArgument) -> ParamValue {
    if let text = argument.text { return .text(text) }
    if case .bool(let isOn) = argument { return .bool(isOn) }
    return .number(Float(argument.number ?? 0))
  }
}

extension ParamValue {
  var osc: OSCArgument {
    switch self {
    case .number(let number): .float(number)
    case .bool(let isOn): .int32(isOn ? 1 : 0)
    case .text(let text): .string(text)
    }
  }
}
