import ModuleKit
import PatchKit

extension CommandTable {
  /// Snapshots of all parameters.
  static let snapCommands: [Command] = [
    Command(
      "/snap/save", [.text("name")], "Stores all parameters of the draft under a name; saved with the patch",
      .edit
    ) {
      session, call throws(PatchError) in
      let name = call.text(0)
      try session.presets.storeSnapshot(name, by: session.client(of: call))
      let count = try session.presets.snapshot(name).count(in: session.registry)
      return .done([.string(name), .int32(Int32(clamping: count))])
    },
    Command(
      "/snap/recall", [.text("name"), .number("seconds", .optional)],
      "Sets all parameters to those of a snapshot, at once or over seconds; returns the number of changes", .edit
    ) { session, call throws(PatchError) in
      let snapshot = try session.presets.snapshot(call.text(0))
      let count = try session.presets.recall(
        snapshot, seconds: try call.rampSeconds(1), at: call.frame, by: session.client(of: call))
      return .done([.string(call.text(0)), .int32(Int32(clamping: count))])
    },
    Command(
      "/snap/morph", [.text("a"), .text("b"), .number("x"), .number("seconds", .optional)],
      "Sets all parameters between two snapshots, x from 0 (a) to 1 (b); choices change in the middle", .edit
    ) { session, call throws(PatchError) in
      let x = call.number(2)
      guard (0...1).contains(x) else { throw PatchError(.range, "x is 0 to 1") }
      let between = Snapshot(
        from: try session.presets.snapshot(call.text(0)), to: try session.presets.snapshot(call.text(1)), Float(x),
        in: session.registry)
      let count = try session.presets.recall(
        between, seconds: try call.rampSeconds(3), at: call.frame, by: session.client(of: call))
      return .done([.string(call.text(0)), .string(call.text(1)), .int32(Int32(clamping: count))])
    },
    Command("/snap/list", [], "Lists the snapshots: name, number of parameters") { session, call in
      let snapshots = session.draft.patch.snapshots, registry = session.registry
      return .listing(
        Listing(size: session.draft.patch.itemCount) {
          Listing.Rows(
            snapshots.sorted { $0.key < $1.key }.map { name, snapshot in
              [.string(name), .int32(Int32(clamping: snapshot.count(in: registry)))]
            })
        })
    },
    Command("/snap/delete", [.text("name")], "Removes a snapshot", .edit) { session, call throws(PatchError) in
      try session.presets.removeSnapshot(call.text(0), by: session.client(of: call))
      return .done([.string(call.text(0))])
    },
  ]
}

extension Call {
  /// The duration of a parameter change; 0 if absent.
  func rampSeconds(_ index: Int) throws(PatchError) -> Double {
    let seconds = optionalNumber(index) ?? 0
    guard (0...3_600).contains(seconds) else {
      throw PatchError(.range, "the time of a recall or morph is 0 to 3600 seconds")
    }
    return seconds
  }
}
