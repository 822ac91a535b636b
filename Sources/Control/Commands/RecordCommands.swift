import PatchKit

extension CommandTable {
  /// Recording of the outputs to sound files.
  static let recordCommands: [Command] = [
    Command(
      "/record/start", [.text("path"), .text("overwrite", .optional)],
      "Records what leaves the outputs from now on; the path's ending is the format: wav, flac and others"
    ) { session, call throws(PatchError) in
      .done([
        .string(try session.recording.start(call.text(0), overwrite: try call.overwrites(1), at: call.frame))
      ])
    },
    Command(
      "/record/stop", [], "Ends the recording; answered with path, seconds and frames lost when the file is whole"
    ) { session, call throws(PatchError) in
      try session.recording.stop(call)
      return .replied
    },
    Command(
      "/record/status", [], "Tells what is being recorded, as names and values: state, path, seconds, lost, look-back"
    ) { session, _ in
      session.recording.tick()
      return .done(session.recording.status)
    },
    Command(
      "/record/last", [.number("seconds"), .text("path"), .text("overwrite", .optional)],
      "Saves the last seconds that were played, \(Int(LookBack.limit)) at most; answered when the file is whole"
    ) { session, call throws(PatchError) in
      let seconds = call.number(0)
      guard seconds > 0, seconds <= LookBack.limit else {
        throw PatchError(.range, "the last \(Int(LookBack.limit)) seconds can be saved at most")
      }
      try session.recording.saveLast(seconds, call.text(1), overwrite: try call.overwrites(2), call)
      return .replied
    },
  ]
}
