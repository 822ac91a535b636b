import PatchKit

extension CommandTable {
  /// Tracks: sessions of steps, played beside the patch.
  static let trackCommands: [Command] = [
    Command(
      "/track/load", [.document("path-or-json")],
      "Loads a track, a file or JSON text; one that plays fades out; returns its seconds, the number of steps, and "
        + "warnings"
    ) { session, call throws(PatchError) in
      session.track.load(call.track, call) { loaded throws(PatchError) in
        session.track.adopt(loaded)
        call.done(loaded.summary)
      }
      return .replied
    },
    Command(
      "/track/play", [.value("seconds-path-or-json", .optional)],
      "Plays the loaded track from its start, or from a time in seconds; or loads a track, a file or JSON text, and "
        + "plays it; returns its status"
    ) { session, call throws(PatchError) in
      if let text = call.optionalText(0) {
        session.track.load(Array(text.utf8), call) { loaded throws(PatchError) in
          session.track.adopt(loaded)
          try session.track.play(from: 0, call)
        }
      } else {
        try session.track.play(from: call.optionalNumber(0) ?? 0, call)
      }
      return .replied
    },
    Command("/track/pause", [], "Fades the track out and keeps its place") { session, call throws(PatchError) in
      try session.track.pause()
      return .done(session.track.status)
    },
    Command("/track/resume", [], "Continues a paused track") { session, call throws(PatchError) in
      try session.track.resume(call)
      return .replied
    },
    Command(
      "/track/seek", [.number("seconds")], "Seeks to a time of the track, with a crossfade of 50 ms while it plays"
    ) { session, call throws(PatchError) in
      try session.track.seek(to: call.number(0), call)
      return .replied
    },
    Command(
      "/track/update", [.document("path-or-json")],
      "Replaces the track and continues at the same time; if the new one has an error, the old one plays on"
    ) { session, call throws(PatchError) in
      session.track.load(call.track, call) { loaded throws(PatchError) in
        try session.track.update(loaded, call)
      }
      return .replied
    },
    Command("/track/loop", [.toggle("on-or-off")], "Repeats the track when it has ended") { session, call in
      session.track.loops = call.arguments[0].isOn
      return .done([.int32(session.track.loops ? 1 : 0)])
    },
    Command(
      "/track/transport", [.toggle("on-or-off")], "Couples the track to JACK's transport: start, stop and seek"
    ) { session, call throws(PatchError) in
      try session.track.follow(call.arguments[0].isOn)
      return .done([.int32(session.track.followsTransport ? 1 : 0)])
    },
    Command(
      "/track/status", [],
      "Reports the track as name/value pairs: state, path, step, steps, description, elapsed, remaining, total, loop"
    ) { session, call in
      .done(session.track.status)
    },
    Command(
      "/track/steps", [], "Lists the steps of the track in turn: number, start and end in seconds, description"
    ) { session, call in
      .done(session.track.steps)
    },
    Command("/track/stop", [], "Fades the track out and returns to its start") { session, call in
      session.track.stop()
      return .done(session.track.status)
    },
  ]
}

extension Call {
  /// A path, or the text of a track.
  fileprivate var track: [UInt8] { arguments[0].bytes ?? Array(text(0).utf8) }
}

extension TrackService.Loaded {
  fileprivate var summary: [OSCArgument] {
    [.float(Float(seconds)), .int32(Int32(score.steps.count))] + warnings.map { .string($0.description) }
  }
}
