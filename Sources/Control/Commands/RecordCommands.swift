import PatchKit

extension CommandTable {
  /// Recording of the outputs to sound files.
  static let recordCommands: [Command] = [
    Command(
      "/record/start", [.text("path"), .text("overwrite", .optional)],
      "Starts recording the outputs to a file; its ending selects the format: wav, flac and others"
    ) { session, call throws(PatchError) in
      .done([
        .string(try session.recording.start(call.text(0), overwrite: try call.overwrites(1), at: call.frame))
      ])
    },
    Command(
      "/record/stop", [], "Ends the recording; replies when the file is complete: path, seconds, frames lost"
    ) { session, call throws(PatchError) in
      try session.recording.stop(call)
      return .replied
    },
    Command(
      "/record/status", [], "Reports the recording as name/value pairs: state, path, seconds, lost, look-back"
    ) { session, _ in
      session.recording.tick()
      return .done(session.recording.status)
    },
    Command(
      "/record/last", [.number("seconds"), .text("path"), .text("overwrite", .optional)],
      "Saves the last seconds of the outputs, at most \(Int(LookBack.limit)); replies when the file is complete"
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
