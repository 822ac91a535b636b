import PatchKit

extension CommandTable {
  /// Tempo and meter, commands at a beat, and automation.
  static let clockCommands: [Command] = [
    Command(
      "/clock", [.number("bpm", .optional), .number("beats", .optional)],
      "Sets the tempo in beats a minute and the beats of a bar (4) without a jump of the beat; returns tempo, beats "
        + "per bar, bar, beat, source of the clock (own, host, midi or file), and 1 if it runs"
    ) { session, call throws(PatchError) in
      let frame = call.frame ?? session.engine.frame
      if let tempo = call.optionalNumber(0) {
        let beats = call.optionalNumber(1) ?? session.automation.own.beatsPerBar
        guard Transport.tempos.contains(tempo) else {
          throw PatchError(.range, "a tempo is 1 to 1000 beats per minute")
        }
        guard (1...64).contains(beats) else { throw PatchError(.range, "a bar has 1 to 64 beats") }
        session.automation.setTempo(tempo, beats, at: frame)
      }
      return .done(session.automation.clockValues(at: frame))
    },
    Command("/clock/start", [], "Restarts the own clock at bar 1") { session, call in
      session.automation.startClock(at: call.frame ?? session.engine.frame)
      return .done()
    },
    Command(
      "/clock/source", [.text("own-host-midi-or-file")],
      "Selects the clock of scheduled commands and of clock modules: own, host for JACK transport with the bars and beats "
        + "of its timebase master, midi for the MIDI clock input, or file for the tempos of the MIDI file that plays"
    ) { session, call throws(PatchError) in
      guard let source = ClockSource(rawValue: call.text(0)) else {
        throw PatchError(
          .range, "a clock is own, host, midi or file",
          suggestions: ClockSource.allCases.map(\.rawValue))
      }
      try session.automation.follow(source)
      return .done([.string(source.rawValue)])
    },
    Command(
      "/at", [.text("bar-or-beat"), .value("number-or-address"), .value("argument", .repeated)],
      "Schedules a command for the next bar or beat, or with a number for that bar, or that beat of a bar: "
        + "/at bar /patch/commit, /at beat 3 /note/on 60 0.8; returns bar and beat; the command replies when it runs"
    ) { session, call throws(PatchError) in
      try session.automation.schedule(call)
    },
    Command(
      "/lane/ID/PARAM", [.value("value-seconds-curve", .repeated)],
      "Automates a parameter over any number of segments: value, seconds, and the name of a curve unless it is "
        + "linear; replaces a running automation; without segments, ends it"
    ) { session, call throws(PatchError) in
      let (segments, seconds) = try session.automation.automate(call)
      return .done([.int32(Int32(clamping: segments)), .float(Float(seconds))])
    },
  ]
}

extension Automation {
  fileprivate func schedule(_ call: Call) throws(PatchError) -> Outcome {
    let unit = call.text(0)
    guard ["bar", "beat"].contains(unit) else {
      throw PatchError(.range, "a command is scheduled at bar or beat", suggestions: ["bar", "beat"])
    }
    guard let clock else { throw PatchError(.noAudio, "the transport that the clock follows has stopped") }
    let number = call.arguments[1].number, first = number == nil ? 1 : 2
    guard first < call.arguments.count, let address = call.arguments[first].text else {
      throw PatchError(.argumentCount, "the address of a command is missing")
    }
    let message = OSCMessage(address, Array(call.arguments[(first + 1)...]) + (call.requestID.map { [$0] } ?? []))
    try CommandTable.find(address).command.check(Array(call.arguments[(first + 1)...]))
    let now =
      clock.isRolling ? clock.beat(at: call.frame ?? session.engine.frame, session.engine.sampleRate) : clock.beat
    let beat = try Automation.beat(unit, number, after: now, clock)
    try schedule(message, atBeat: beat, from: call.requester)
    let position = clock.position(of: beat)
    return .done([.int32(Int32(clamping: position.bar)), .float(Float(position.beat))])
  }

  /// The beat of a request; a beat at exactly this moment counts as the next one.
  private static func beat(
    _ unit: String, _ number: Double?, after now: Double, _ clock: Transport
  ) throws(PatchError) -> Double {
    let length = clock.beatsPerBar, next = now - 1e-6
    guard let number else {
      return unit == "beat" ? next.rounded(.up) : (next / length).rounded(.up) * length
    }
    if unit == "bar" {
      guard number >= 1, number < 1e9 else { throw PatchError(.range, "a bar is 1 or more") }
      guard (number - 1) * length >= next else { throw PatchError(.late, "bar \(number) is over") }
      return (number - 1) * length
    }
    guard number >= 1, number < length + 1 else { throw PatchError(.range, "a beat of this bar is 1 to \(length)") }
    let bar = ((next - (number - 1)) / length).rounded(.up)
    return bar * length + number - 1
  }
}
