import PatchKit

extension CommandTable {
  /// MIDI controllers mapped to parameters, and program changes.
  static let midiCommands: [Command] = [
    Command(
      "/midi/learn", [.text("id/param", .optional), .number("from", .optional), .number("to", .optional)],
      "Maps the next controller that moves to a parameter (ID/PARAM), over its range or from one value to another, with "
        + "soft takeover. Without a parameter: stops waiting"
    ) { session, call throws(PatchError) in
      guard let parameter = call.optionalText(0) else {
        session.midiMapping.stopLearning()
        return .done()
      }
      var control = MidiControl(controller: 0)
      control.from = call.optionalNumber(1).map { Float($0) }
      control.to = call.optionalNumber(2).map { Float($0) }
      try session.midiMapping.learn(parameter, as: control)
      return .done([.string(parameter)])
    },
    Command(
      "/midi/map",
      [
        .text("id/param"), .integer("controller"), .integer("channel", .optional), .number("from", .optional),
        .number("to", .optional), .toggle("fine", .optional),
      ],
      "Maps a controller to a parameter, as /midi/learn does; channel 0 is any, fine uses the 14 bits of controllers 0 to 31",
      .edit
    ) { session, call throws(PatchError) in
      var control = MidiControl(channel: try call.whole(2), controller: try call.whole(1))
      control.from = call.optionalNumber(3).map { Float($0) }
      control.to = call.optionalNumber(4).map { Float($0) }
      control.isFine = call.arguments.count > 5 && call.arguments[5].isOn
      return .done(
        try session.midiMapping.map(control, to: call.text(0), by: session.client(of: call)).facts(of: control))
    },
    Command("/midi/unlearn", [.text("id/param")], "Removes the MIDI mapping of a parameter", .edit) {
      session, call throws(PatchError) in
      session.midiMapping.stopLearning()
      return .done([
        .string(try session.midiMapping.map(nil, to: call.text(0), by: session.client(of: call)).description)
      ])
    },
    Command(
      "/midi/list", [], "Lists the MIDI mappings: parameter, controller, channel (0: any), fine, from, to"
    ) { session, call in
      let controls = session.draft.patch.controls
      for (parameter, control) in controls.sorted(by: { $0.key < $1.key }) {
        let spec = session.draft.patch.spec(of: parameter, in: session.registry),
          range = spec.map { control.range(of: $0) }
        call.item(
          parameter.facts(of: control) + [
            .float(range?.from ?? control.from ?? 0), .float(range?.to ?? control.to ?? 1),
          ])
      }
      return .done([.int32(Int32(clamping: controls.count))])
    },
    Command(
      "/midi/program", [.integer("program"), .integer("bank", .optional)],
      "Loads and commits a patch of the bank folder, as a program change does: files by name, from 0, "
        + "\(Programs.perBank) in a bank", .commit
    ) { session, call throws(PatchError) in
      try session.programs.load(try call.whole(0), bank: try call.whole(1), call)
      return .replied
    },
  ]
}

extension Call {
  /// An integer; 0 if absent.
  fileprivate func whole(_ index: Int) throws(PatchError) -> Int {
    guard let number = Int(exactly: optionalNumber(index) ?? 0) else {
      throw PatchError(.range, "\(optionalNumber(index) ?? 0) is too large")
    }
    return number
  }
}

extension PortAddress {
  /// Parameter, controller, channel, fine.
  func facts(of control: MidiControl) -> [OSCArgument] {
    [
      .string(description), .int32(Int32(clamping: control.controller)), .int32(Int32(clamping: control.channel)),
      .int32(control.isFine ? 1 : 0),
    ]
  }
}
