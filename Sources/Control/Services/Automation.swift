import Engine
import ModuleKit
import PatchKit

/// The clock of bars and beats: the session's own, the transport of the host, the MIDI clock input, or the tempos of a
/// MIDI file that plays.
enum ClockSource: String, CaseIterable { case own, host, midi, file }

/// Scheduling: bundles with a time tag, commands at beats, automation of parameters. One queue, and the clock of bars
/// and beats that it follows.
final class Automation {
  unowned let session: Session
  private(set) var queue = TimedQueue()
  /// The session's own clock; it always runs.
  private(set) var own = Transport(isRolling: true, frame: 0, beat: 0, beatsPerMinute: 120, beatsPerBar: 4)
  /// The clock of the MIDI file that plays; nil before one does.
  private var file: Transport?
  /// The clock that is active.
  private(set) var source = ClockSource.own
  /// The clock that the audio side has.
  private var published = SessionClock()
  /// Number of late events since the start: commands that arrived after their frame.
  private(set) var lateCount = 0
  /// Clients whose commands are removed when they disconnect; over UDP with the time of the last request, in nanoseconds
  /// of the monotonic clock.
  private var transient: [AnyHashable: UInt64?] = [:]
  private var nextExpiry: UInt64 = 0

  init(_ session: Session) { self.session = session }

  private var engine: Engine { session.engine }
  private var horizon: Int { engine.frame + Int(Session.lookahead * engine.sampleRate) }

  // MARK: Clock

  /// The active clock; nil if the host's transport is followed and has gone.
  var clock: Transport? {
    switch source {
    case .own: own
    case .host: session.transport()
    case .midi: midi
    case .file: file
    }
  }

  /// The MIDI clock with the meter of the own one; it stands until its first tick.
  private var midi: Transport {
    let place = engine.midiClock ?? SessionClock(isRolling: false, frame: engine.frame, beat: 0, beatsPerMinute: 0)
    return Transport(
      isRolling: place.isRolling, frame: place.frame, beat: place.beat, beatsPerMinute: place.beatsPerMinute,
      beatsPerBar: own.beatsPerBar)
  }

  /// Sends the active clock to the audio side, where it has changed: a host's transport starts and relocates without
  /// notice.
  func publishClock(at frame: Int? = nil) {
    let clock = clock ?? Transport(isRolling: false, frame: engine.frame, beat: 0, beatsPerMinute: 0, beatsPerBar: 4)
    let next =
      source == .midi
      ? SessionClock.midi
      : SessionClock(
        isRolling: clock.isRolling, frame: clock.frame, beat: clock.beat, beatsPerMinute: clock.beatsPerMinute)
    let rate = engine.sampleRate,
      drift = abs(next.beats(at: engine.frame, rate) - published.beats(at: engine.frame, rate))
    let isSame =
      next.source == published.source && next.isRolling == published.isRolling
      && next.beatsPerMinute == published.beatsPerMinute && drift < 1e-6
    if !isSame, session.plans.setClock(next, at: frame) { published = next }
  }

  /// Changes tempo and meter from `frame` on; the beat continues from where it is.
  func setTempo(_ beatsPerMinute: Double, _ beatsPerBar: Double, at frame: Int) {
    own = Transport(
      isRolling: true, frame: frame, beat: own.beat(at: frame, engine.sampleRate), beatsPerMinute: beatsPerMinute,
      beatsPerBar: beatsPerBar)
    publishClock(at: frame)
    notifyTransport()
  }

  /// Plays the tempo of a MIDI file from `frame` on. The first tempo of a file makes it the active clock in place of the
  /// session's own.
  func setFileTempo(_ tempo: Transport) {
    if file == nil, source == .own { source = .file }
    file = tempo
    let clock = SessionClock(
      isRolling: tempo.isRolling, frame: tempo.frame, beat: tempo.beat, beatsPerMinute: tempo.beatsPerMinute)
    _ = session.plans.setClock(clock, ofFile: true, at: tempo.frame)
    guard source == .file else { return }
    publishClock(at: tempo.frame)
    notifyTransport()
  }

  /// Starts the first bar of the own clock at `frame`.
  func startClock(at frame: Int) {
    (own.frame, own.beat) = (frame, 0)
    publishClock(at: frame)
    notifyTransport()
  }

  func follow(_ source: ClockSource) throws(PatchError) {
    if source == .host, session.transport() == nil { throw PatchError(.noAudio, "there is no transport to follow") }
    if source == .file, file == nil { throw PatchError(.noAudio, "no MIDI file has been played") }
    self.source = source
    publishClock()
    notifyTransport()
  }

  private func notifyTransport() { session.notify(.transport, clockValues(at: engine.frame), except: nil) }

  /// Tempo, beats a bar, bar, beat, source of the clock, whether it runs.
  func clockValues(at frame: Int) -> [OSCArgument] {
    let clock = clock ?? Transport(isRolling: false, frame: frame, beat: 0, beatsPerMinute: 0, beatsPerBar: 4)
    let position = clock.position(of: clock.isRolling ? clock.beat(at: frame, engine.sampleRate) : clock.beat)
    return [
      .float(Float(clock.beatsPerMinute)), .float(Float(clock.beatsPerBar)), .int32(Int32(clamping: position.bar)),
      .float(Float(position.beat)), .string(source.rawValue), .int32(clock.isRolling ? 1 : 0),
    ]
  }

  // MARK: Scheduling

  /// Performs the packets of a bundle at `frame`: now if that is within the lookahead, else at its time.
  func schedule(_ packets: [OSCPacket], at frame: Int, from requester: Requester) throws(PatchError) {
    if frame <= engine.frame { lateCount += 1 }
    if frame <= horizon { return session.perform(packets, from: requester, at: frame) }
    try insert(
      TimedCommand(.bundle, .bundle(timeTag: OSCTime.immediately, packets), due: .frame(frame), from: requester))
  }

  /// Performs a message at a beat of the clock.
  func schedule(_ message: OSCMessage, atBeat beat: Double, from requester: Requester) throws(PatchError) {
    try insert(TimedCommand(.at, .message(message), due: .beat(beat), from: requester))
    performDue()
  }

  func insert(_ command: TimedCommand) throws(PatchError) {
    for displaced in try queue.insert(command) {
      displaced.requester.send(
        OSCMessage(
          "/fail",
          [
            .string(displaced.failureAddress), .string(ErrorCode.limit.rawValue),
            .string("removed from the schedule: too much waits, and you hold most of it"),
          ]))
    }
  }

  /// - Throws: `.limit` if the client's quota or the queue is exceeded.
  func checkRoom(commands: Int, for client: AnyHashable?) throws(PatchError) {
    try queue.checkRoom(commands: commands, bytes: 0, for: client)
  }

  /// Live, nanoseconds for the due commands of one client, and of all, at a time; then others are served.
  private static let share: UInt64 = 2_000_000, allShares: UInt64 = 10_000_000

  /// Performs the commands due within the lookahead, in the order of their frames. Live, a client whose commands take
  /// longer than its share yields to the others; the rest is due still.
  func performDue() {
    if source == .host { publishClock() }
    guard !queue.isEmpty else { return }
    let isLive = session.worker != nil, start = session.clock()
    var spent: [AnyHashable?: UInt64] = [:], skipped: Set<AnyHashable?> = [], now = start
    let clock = clock, rate = engine.sampleRate
    let frameOfBeat: (Double) -> Int? = { clock?.isRolling == true ? clock!.frame(of: $0, rate) : nil }
    while !isLive || now - start < Automation.allShares,
      let (command, frame) = queue.popFirst(before: horizon + 1, skipping: skipped, frameOfBeat: frameOfBeat)
    {
      if case .beat = command.due, frame < engine.frame { lateCount += 1 }
      session.performScheduled(from: command.requester) {
        switch command.packet {
        case .message(let message): session.performMatching(message, from: command.requester, at: frame)
        case .bundle(_, let packets): session.perform(packets, from: command.requester, at: frame)
        }
      }
      guard isLive else { continue }
      let before = now
      now = session.clock()
      let client = command.requester.id
      spent[client, default: 0] += now - before
      if spent[client]! > Automation.share { skipped.insert(client) }
    }
  }

  /// The frame of the next command; nil if none waits or the clock is stopped. Offline, a period ends there.
  var nextFrame: Int? {
    let beat = queue.firstBeat.flatMap { beat in clock?.frame(of: beat, engine.sampleRate) }
    guard let scheduled = queue.firstFrame else { return beat }
    return beat.map { min($0, scheduled) } ?? scheduled
  }

  /// Seconds until the next command must be performed; nil if none waits.
  var secondsToNext: Double? {
    // A host's transport starts and relocates without notice.
    if source == .host || source == .midi && queue.firstBeat != nil { return Automation.transportInterval }
    if queue.isEmpty { return nil }
    return nextFrame.map { max(0, Double($0 - horizon) / engine.sampleRate) }
  }
  private static let transportInterval = 0.005

  /// Seconds until a command is due; nil while its clock is stopped.
  func seconds(to command: TimedCommand) -> Double? {
    switch command.due {
    case .frame(let frame): return Double(frame - engine.frame) / engine.sampleRate
    case .beat(let beat):
      guard let clock, clock.isRolling else { return nil }
      return Double(clock.frame(of: beat, engine.sampleRate) - engine.frame) / engine.sampleRate
    }
  }

  // MARK: Removal

  /// - Returns: the number of removed commands.
  func clear(_ isRemoved: (TimedCommand) -> Bool) -> Int { queue.remove(where: isRemoved) }

  /// Requests removal of a client's commands when it disconnects: over UDP when it has sent nothing for
  /// `Subscribers.patience`.
  func clearOnDisconnect(_ client: AnyHashable, expires: Bool, at now: UInt64) {
    transient[client] = .some(expires ? now : nil)
  }

  func recordRequest(of client: AnyHashable?, at now: UInt64) {
    if !transient.isEmpty, let client, case .some(.some) = transient[client] { transient[client] = .some(now) }
  }

  /// Removes the commands of UDP clients that asked for it and are silent.
  func expire(at now: UInt64) {
    guard !transient.isEmpty, now >= nextExpiry else { return }
    nextExpiry = now + 1_000_000_000
    let patience = UInt64(Subscribers.patience * 1e9)
    for (client, last) in transient { if let last, now > last + patience { disconnect(client) } }
  }

  /// Removes the commands of a disconnected client, if it requested that.
  func disconnect(_ client: AnyHashable) {
    if transient.removeValue(forKey: client) != nil { queue.remove { $0.requester.id == client } }
  }
}

extension TimedCommand {
  /// The address in a failure report.
  var failureAddress: String {
    switch kind {
    case .bundle: "#bundle"
    case .at: "/at"
    case .automation: parameter ?? "/lane"
    }
  }

  /// The first address in the packet.
  var firstAddress: String {
    func first(_ packet: OSCPacket) -> String? {
      switch packet {
      case .message(let message): message.address
      case .bundle(_, let packets): packets.lazy.compactMap(first).first
      }
    }
    return first(packet) ?? ""
  }
}
