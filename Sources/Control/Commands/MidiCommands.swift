import PatchKit

extension CommandTable {
  /// MIDI controllers mapped to parameters, and program changes.
  static let midiCommands: [Command] = [
    Command(
      "/midi/learn", [.text("knob", .optional), .number("from", .optional), .number("to", .optional)],
      "The next controller that is moved turns this knob (ID/PARAM) over its range, or from one value to another; it "
        + "takes hold where it meets the knob. Without a knob: no more waiting"
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
        .text("knob"), .integer("controller"), .integer("channel", .optional), .number("from", .optional),
        .number("to", .optional), .toggle("fine", .optional),
      ],
      "A controller turns this knob, as after /midi/learn; channel 0 is any, fine are the 14 bits of controllers 0 to 31",
      .edit
    ) { session, call throws(PatchError) in
      var control = MidiControl(channel: try call.whole(2), controller: try call.whole(1))
      control.from = call.optionalNumber(3).map { Float($0) }
      control.to = call.optionalNumber(4).map { Float($0) }
      control.isFine = call.arguments.count > 5 && call.arguments[5].isOn
      return .done(
        try session.midiMapping.map(control, to: call.text(0), by: session.client(of: call)).facts(of: control))
    },
    Command("/midi/unlearn", [.text("knob")], "No controller turns this knob any more", .edit) {
      session, call throws(PatchError) in
      session.midiMapping.stopLearning()
      return .done([
        .string(try session.midiMapping.map(nil, to: call.text(0), by: session.client(of: call)).description)
      ])
    },
    Command(
      "/midi/list", [], "Lists the knobs under controllers: knob, controller, channel (0: any), fine, from, to"
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
      "Loads a patch of the bank folder, as a program change does: the files in the order of their names, from 0; a "
        + "bank is \(Programs.perBank) of them", .commit
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
