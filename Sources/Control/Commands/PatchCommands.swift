import ModuleKit
import PatchKit

extension CommandTable {
  /// The draft: nodes, cables, voices; and its way to what sounds.
  static let patchCommands: [Command] =
    [
      Command(
        "/patch/create", [.text("id"), .text("type"), .text("param", .repeated), .value("value", .repeated)],
        "Adds a node to the draft"
      ) { session, call throws(PatchError) in
        var params: [(String, ParamValue)] = []
        for i in stride(from: 2, to: call.arguments.count, by: 2) { params.append((call.text(i), call.value(i + 1))) }
        try session.draft.patch.create(call.text(0), type: call.text(1), params: params, in: session.registry)
        session.draft.serials[call.text(0)] = session.newSerial()
        return .done([.string(call.text(0))])
      },
      Command(
        "/patch/delete", [.text("id"), .text("ring", .optional)],
        "Removes a node and its cables; with ring what it holds rings out: nothing goes in any more, and it is heard "
          + "until it is silent, \(Int(RingOuts.longest)) s at most"
      ) { session, call throws(PatchError) in
        let rings = call.optionalText(1) == "ring"
        guard call.arguments.count == 1 || rings else {
          throw PatchError(.argumentType, "the second argument can only be ring", suggestions: ["ring"])
        }
        if rings, session.ringOuts.nodes.count + session.draft.ringing.count >= RingOuts.limit {
          throw PatchError(.limit, "\(RingOuts.limit) nodes ring out already")
        }
        try session.draft.patch.delete(call.text(0))
        let serial = session.draft.serials.removeValue(forKey: call.text(0))
        if rings, let serial { session.draft.ringing.insert(serial) }
        return .done([.string(call.text(0))])
      },
      Command(
        "/patch/connect", [.text("source"), .text("destination"), .number("amount", .optional)],
        "Lays a cable: node or node/port to node or node/port; an amount of 1 unless given"
      ) { session, call throws(PatchError) in
        let cable = try session.draft.patch.connect(
          call.text(0), call.text(1), amount: Float(call.optionalNumber(2) ?? 1), in: session.registry)
        return .done(cable.ends)
      },
      Command(
        "/patch/disconnect", [.text("source"), .text("destination")], "Takes a cable out"
      ) { session, call throws(PatchError) in
        .done(try session.draft.patch.disconnect(call.text(0), call.text(1), in: session.registry).ends)
      },
      Command(
        "/patch/rename", [.text("id"), .text("new")], "Gives a node another id; it keeps its state"
      ) { session, call throws(PatchError) in
        try session.draft.patch.rename(call.text(0), to: call.text(1))
        session.draft.serials[call.text(1)] = session.draft.serials.removeValue(forKey: call.text(0))
        return .done([.string(call.text(1))])
      },
      Command(
        "/patch/voices", [.integer("count")], "Sets the polyphony, 1 to \(Patch.Limits.voices)"
      ) { session, call throws(PatchError) in
        let count = call.number(0)
        guard count.magnitude < 1e6 else { throw PatchError(.range, "1 to \(Patch.Limits.voices) voices") }
        try session.draft.patch.setVoices(Int(count))
        return .done([.int32(Int32(count))])
      },
      Command(
        "/patch/tuning", [.text("scale", .optional), .text("keyboard", .optional)],
        "Tunes the keys by a Scala file (.scl), and a keyboard (.kbm); without one: equal temperament"
      ) { session, call throws(PatchError) in
        guard let scale = call.optionalText(0) else {
          session.draft.patch.tuning = nil
          return .done()
        }
        let tuning = try Tuning(scale: scale, keyboard: call.optionalText(1), root: session.root)
        session.draft.patch.tuning = tuning
        return .done([tuning.scale, tuning.keyboard].compactMap { $0.map { .string($0) } })
      },
      Command(
        "/patch/commit", [.number("ramp", .optional)],
        "Makes the draft sound; cables that change take the ramp's milliseconds (5); answered when it sounds"
      ) { session, call throws(PatchError) in
        let ramp = call.optionalNumber(0) ?? 5
        guard (0...10_000).contains(ramp) else { throw PatchError(.range, "a ramp takes 0 to 10000 ms") }
        try session.commit(call, ramp: ramp / 1_000)
        return .replied
      },
      Command("/patch/abort", [], "Makes the draft what sounds") { session, _ in
        session.draft = session.committed
        return .done()
      },
      Command("/patch/clear", [], "Empties the draft") { session, _ in
        session.draft = Draft()
        return .done()
      },
    ] + documentCommands
}

extension Cable {
  var ends: [OSCArgument] { [.string(source.description), .string(destination.description)] }
}

extension Call {
  /// A knob's value: a number, a switch or a name.
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
