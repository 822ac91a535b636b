import PatchKit

extension CommandTable {
  /// Presets: patch files of which only the nodes' parameters are used.
  static let presetCommands: [Command] = [
    Command(
      "/preset/save", [.text("id"), .text("name"), .text("overwrite", .optional)],
      "Writes the parameters of a node to a file, with \(Presets.wholePatch) as the id those of the patch. A name is "
        + "stored among the presets of the module, a path with a / as given; a file that weft neither loaded nor "
        + "wrote is replaced only if overwrite is given"
    ) { session, call throws(PatchError) in
      try session.presets.save(call, overwrite: try call.overwrites(2))
    },
    Command(
      "/preset/load", [.text("id"), .text("name"), .number("seconds", .optional)],
      "Sets the parameters of a node, or with \(Presets.wholePatch) of all nodes that fit, to those of a file, at once "
        + "or over seconds; returns the number of changes", .edit
    ) { session, call throws(PatchError) in
      let count = try session.presets.load(
        call.text(0), call.text(1), seconds: try call.rampSeconds(2), at: call.frame, by: session.client(of: call))
      return .done([.string(call.text(0)), .int32(Int32(clamping: count))])
    },
    Command(
      "/preset/list", [.text("id")],
      "Lists the presets of a node's module, or with \(Presets.wholePatch) those of patches"
    ) { session, call throws(PatchError) in
      let names = try session.presets.names(for: call.text(0))
      for name in names { call.item([.string(name)]) }
      return .done([.int32(Int32(clamping: names.count))])
    },
  ]
}
