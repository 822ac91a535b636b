import PatchKit

/// Connects a session to OSC: packets become requests, replies are sent to their senders.
public final class SessionServer {
  public let session: Session
  public let server: OSCServer
  private let loop: ControlLoop

  /// Seconds between ticks of the session: while a commit is pending, and when it has been pending for longer than
  /// `patience` or something is measured. An idle session ticks by a coarse timer.
  private static let eager = 0.000_5, steady = 0.005, patience = 0.1
  /// Seconds between ticks for a second after the audio thread has reported something.
  private static let active = 0.02
  /// Maximum bytes of text in a UDP reply: below the smallest path MTU met in practice.
  private static let datagramText = 1_200

  /// - Throws: the errors of `OSCServer`: port in use, host unknown.
  public init(_ session: Session, loop: ControlLoop, host: String, port: Int) throws(PatchError) {
    self.session = session
    self.loop = loop
    server = try OSCServer(loop: loop, host: host, port: port)
    server.handler = { [unowned self] packet, client in receive(packet, from: client) }
    server.remainingWork = { [unowned self] in
      defer { remaining = [] }
      return remaining
    }
    server.beforeTurn = { [unowned session] in session.performDue() }
    server.afterTurn = { [unowned self] in arm() }
    session.worker = ControlLoop.Worker(loop)
    session.track.worker = ControlLoop.Worker(loop)
    session.deferWork = { [unowned server] work, client in server.queue.add(work, for: client) }
    session.malformedCount = { [unowned server] in server.malformedCount }
    session.serverCounts = { [unowned server] in
      server.countLost()
      return [
        ("stalled", server.counts.stalled), ("refused", server.counts.refused), ("displaced", server.counts.displaced),
        ("unsent", server.counts.unsent), ("lost", server.counts.lost), ("ignored", server.counts.ignored),
      ]
    }
    server.whenDisplaced = { [unowned self] seconds in reportDisplaced(seconds) }
    server.whenClosed = { [unowned session] client in session.forget(client) }
    tick()
    lookForLost()
  }

  deinit {
    if let nextTick { loop.cancel(nextTick) }
    session.worker = nil
    session.deferWork = nil
    session.malformedCount = { 0 }
    session.serverCounts = { [] }
  }

  /// Deferred work of the last packet.
  private var remaining: [LongWork] = []

  private func receive(_ packet: OSCPacket, from client: OSCClient) {
    let limit = client.isStream ? client.largestPacket - 4_096 : SessionServer.datagramText
    var requester = Requester(
      id: client, replyLimit: limit, expires: !client.isStream, isReady: { client.isReady }, send: { client.send($0) })
    requester.setReplyPort = { port throws(PatchError) in try client.setReplyPort(port) }
    remaining = session.begin(packet, from: requester)
  }

  // MARK: Clients of other servers

  private var lastOther = 0

  /// A new client of another server, such as a WebSocket. It has its turns among the clients of OSC.
  ///
  /// - Parameter isNotifiable: false for a client that receives nothing but replies.
  public func otherClient(isNotifiable: Bool) -> OSCClient {
    lastOther += 1
    return OSCClient(server: server, identity: .other(lastOther, isNotifiable: isNotifiable))
  }

  /// Does something for such a client in its turn, such as to perform a packet; other clients are served between the
  /// parts of long requests.
  public func enqueue(for client: OSCClient, _ body: @escaping (Session) -> Void) {
    server.queue.add([LongWork(beginningWith: { [session] in session.begin { body(session) } })], for: client)
  }

  /// Removes such a client, with all that waits for it.
  public func remove(_ client: OSCClient) {
    server.queue.remove(client)
    session.forget(client)
  }

  private var nextTick: ControlLoop.Timer?
  /// Time of the next tick, monotonic nanoseconds.
  private var nextTickMoment: UInt64 = .max
  private var seenActivity = 0
  private var activeUntil: UInt64 = 0
  /// The time since which the session waits for the audio thread; nil if it does not.
  private var waitingSince: UInt64?

  /// Reports lost packets, at most once a second.
  private func lookForLost() {
    let told = server.counts.lost
    server.countLost()
    if server.counts.lost > told { session.faults.packetsLost(server.counts.lost) }
    loop.afterAtLeast(1) { [weak self] in self?.lookForLost() }
  }

  private var displacedReported: UInt64 = 0

  /// Reports that an idle TCP client was disconnected, at most once a second.
  private func reportDisplaced(_ seconds: Double) {
    guard ControlLoop.now > displacedReported + SessionServer.nanoseconds(1) else { return }
    displacedReported = ControlLoop.now
    session.report(
      PatchError(
        .limit,
        "\(OSCServer.Limits.clients) TCP clients: the one without a request for longest, \(Int(seconds)) s, was "
          + "disconnected to make room"), from: "--osc")
  }

  private func tick() {
    (nextTick, nextTickMoment) = (nil, .max)
    session.tick()
    if session.midiMapping.reportCount != seenActivity { activeUntil = ControlLoop.now + SessionServer.nanoseconds(1) }
    seenActivity = session.midiMapping.reportCount
    arm()
  }

  /// Seconds until the next tick is needed; nil if nothing is pending.
  private var secondsToTick: Double? {
    let now = ControlLoop.now
    var waits = [session.secondsToNextCommand, session.secondsToMeasurement].compactMap { $0 }
    if now < activeUntil { waits.append(SessionServer.active) }
    if session.isWaiting {
      let since = waitingSince ?? now
      waitingSince = since
      let isRecent = now < since + SessionServer.nanoseconds(SessionServer.patience)
      waits.append(isRecent ? SessionServer.eager : SessionServer.steady)
    } else {
      waitingSince = nil
    }
    return waits.min()
  }

  /// Sets the timer of the next tick, unless it is already set for an earlier time.
  private func arm() {
    let now = ControlLoop.now, wait = secondsToTick.map { max($0, SessionServer.eager) } ?? .infinity
    let isCoarse = wait > ControlLoop.coarseInterval
    let moment = now + SessionServer.nanoseconds(isCoarse ? ControlLoop.coarseInterval : wait)
    guard moment < nextTickMoment else { return }
    if let nextTick { loop.cancel(nextTick) }
    nextTickMoment = moment
    let work = { [unowned self] in tick() }
    nextTick = isCoarse ? loop.afterAtLeast(0, work) : loop.at(moment, work)
  }

  private static func nanoseconds(_ seconds: Double) -> UInt64 { UInt64(seconds * 1e9) }
}
