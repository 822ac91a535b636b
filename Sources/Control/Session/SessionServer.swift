import PatchKit

/// Lets OSC in: packets become the session's requests, its replies go back to where they came from.
public final class SessionServer {
  public let session: Session
  public let server: OSCServer
  private let loop: ControlLoop

  /// Seconds between looks at what the audio thread has done: while somebody waits, while something is measured, and
  /// otherwise.
  private static let eager = 0.000_5, steady = 0.005, calm = 0.02
  /// Bytes of text in a reply over UDP: below the smallest path limit that is met in practice.
  private static let datagramText = 1_200

  /// - Throws: as `OSCServer`: the port is in use, the host unknown.
  public init(_ session: Session, loop: ControlLoop, host: String, port: Int) throws(PatchError) {
    self.session = session
    self.loop = loop
    server = try OSCServer(loop: loop, host: host, port: port)
    server.handler = { [unowned self] packet, client in take(packet, from: client) }
    session.malformedCount = { [unowned server] in server.malformedCount }
    session.serverCounts = { [unowned server] in
      server.countLost()
      return [
        ("stalled", server.counts.stalled), ("refused", server.counts.refused), ("unsent", server.counts.unsent),
        ("lost", server.counts.lost),
      ]
    }
    server.whenClosed = { [unowned session] client in session.forget(client) }
    tick()
    lookForLost()
  }

  private func take(_ packet: OSCPacket, from client: OSCClient) {
    let limit = client.isStream ? client.largestPacket - 4_096 : SessionServer.datagramText
    let wasWaiting = session.isWaiting
    session.perform(
      packet, from: Requester(id: client, replyLimit: limit, expires: !client.isStream) { client.send($0) })
    if !wasWaiting && (session.isWaiting || session.isMeasuring) { tick() }
  }

  private var nextTick: ControlLoop.Timer?

  /// Says that packets were lost, once a second at most.
  private func lookForLost() {
    let told = server.counts.lost
    server.countLost()
    if server.counts.lost > told { session.packetsLost(server.counts.lost) }
    loop.after(1) { [weak self] in self?.lookForLost() }
  }

  private func tick() {
    session.tick()
    if let nextTick { loop.cancel(nextTick) }
    let pause =
      session.isWaiting ? SessionServer.eager : session.isMeasuring ? SessionServer.steady : SessionServer.calm
    nextTick = loop.after(pause) { [unowned self] in tick() }
  }
}
