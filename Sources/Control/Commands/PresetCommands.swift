import PatchKit

extension CommandTable {
  /// Presets: patch files of which only the nodes' parameters are used.
  static let presetCommands: [Command] = [
    Command(
      "/preset/save", [.text("id"), .text("name"), .text("overwrite", .optional)],
      "Writes a node's knobs to a file, \(Presets.wholePatch) as the id: all knobs of the patch; a name goes to the "
        + "presets of its module, a path that holds a / where it says; a file that weft neither loaded nor wrote is replaced "
        + "with overwrite alone"
    ) { session, call throws(PatchError) in
      try session.presets.save(call, overwrite: try call.overwrites(2))
    },
    Command(
      "/preset/load", [.text("id"), .text("name"), .number("seconds", .optional)],
      "Turns a node's knobs, or with \(Presets.wholePatch) those of all nodes that fit, to where a file has them, at "
        + "once or over seconds; tells how many were turned", .edit
    ) { session, call throws(PatchError) in
      let count = try session.presets.load(
        call.text(0), call.text(1), seconds: try call.rampSeconds(2), at: call.frame, by: session.client(of: call))
      return .done([.string(call.text(0)), .int32(Int32(clamping: count))])
    },
    Command(
      "/preset/list", [.text("id")], "Lists the presets of a node's module, or with \(Presets.wholePatch) of patches"
    ) { session, call throws(PatchError) in
      let names = try session.presets.names(for: call.text(0))
      for name in names { call.item([.string(name)]) }
      return .done([.int32(Int32(clamping: names.count))])
    },
  ]
}
