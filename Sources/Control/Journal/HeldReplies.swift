import PatchKit

/// Replies that wait until the journal holds the edits of their requests, by client and in order.
struct HeldReplies {
  private var queues: [AnyHashable: [(seq: Int, send: () -> Void)]] = [:]
  /// The last edit of each client that has one which may not be written yet.
  private var lastEdits: [Int: Int] = [:]

  var isEmpty: Bool { queues.isEmpty }
  func holds(_ id: AnyHashable) -> Bool { queues[id] != nil }

  /// A client's edit has left the store.
  mutating func edited(_ seq: Int, by client: Int) { lastEdits[client] = seq }

  /// Keeps a reply until its client's last edit is written.
  ///
  /// - Returns: false where it is to be sent at once.
  mutating func hold(for id: AnyHashable, _ client: Int, kept: Int, _ send: @escaping () -> Void) -> Bool {
    let seq = lastEdits[client] ?? 0
    if seq <= kept, queues[id] == nil { return false }
    queues[id, default: []].append((seq, send))
    return true
  }

  /// Takes out the replies whose edits are written.
  mutating func due(_ kept: Int) -> [() -> Void] {
    if !lastEdits.isEmpty { lastEdits = lastEdits.filter { $0.value > kept } }
    var due: [() -> Void] = []
    for (id, queue) in queues {
      let count = queue.prefix { $0.seq <= kept }.count
      due += queue.prefix(count).map(\.send)
      queues[id] = count == queue.count ? nil : Array(queue.dropFirst(count))
    }
    return due
  }

  mutating func remove(_ id: AnyHashable) { queues[id] = nil }
}

extension Session {
  /// A requester whose replies wait for the journal.
  func awaitingJournal(_ requester: Requester) -> Requester {
    guard journal != nil, !requester.awaitsJournal, let id = requester.id else { return requester }
    var held = Requester(
      id: id, replyLimit: requester.replyLimit, expires: requester.expires,
      // Measurements are dropped rather than held.
      isReady: { [unowned self] in !heldReplies.holds(id) && requester.isReady() },
      send: { [unowned self] reply in
        guard let journal else { return requester.send(reply) }
        let isHeld = heldReplies.hold(for: id, clients.number(of: id), kept: journal.keptSeq) { requester.send(reply) }
        if !isHeld { requester.send(reply) }
      })
    held.awaitsJournal = true
    held.setReplyPort = requester.setReplyPort
    return held
  }

  /// Sends the replies whose edits are written.
  func sendHeldReplies() {
    guard !heldReplies.isEmpty || journal != nil else { return }
    for send in heldReplies.due(journal?.keptSeq ?? .max) { send() }
  }
}
