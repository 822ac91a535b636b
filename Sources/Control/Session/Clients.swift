import PatchKit

/// The clients that have sent requests, by number: 1 for the first. 0 is the program itself, and senders without an id.
/// Clients that are present are visible to the others.
final class Clients {
  /// The number of the program itself: start, reload, MIDI.
  static let own = 0
  /// Maximum number of clients; beyond it the oldest is removed, first of those that are not present.
  static let limit = 4_096
  /// Maximum bytes of a name, and maximum nodes of a selection.
  static let longestName = 64, mostSelected = 256

  struct Client {
    let number: Int
    var name = ""
    /// The selected nodes.
    var selection: [String] = []
    /// True if the client is visible to others: it has set a name, selected nodes or subscribed.
    var isPresent = false
  }
  private unowned let session: Session
  private var clients: [AnyHashable: Client] = [:]
  private var last = 0

  init(_ session: Session) { self.session = session }

  func number(of id: AnyHashable?) -> Int {
    guard let id else { return Clients.own }
    if let client = clients[id] { return client.number }
    if clients.count >= Clients.limit {
      let oldest = clients.min {
        ($0.value.isPresent ? 1 : 0, $0.value.number) < ($1.value.isPresent ? 1 : 0, $1.value.number)
      }
      clients[oldest!.key] = nil
    }
    last += 1
    clients[id] = Client(number: last)
    return last
  }

  /// The visible clients, by number.
  var present: [Client] { clients.values.filter(\.isPresent).sorted { $0.number < $1.number } }

  /// Updates a client and makes it present.
  ///
  /// - Returns: the client, and true if it was present before.
  private func update(_ id: AnyHashable, _ change: (inout Client) -> Void = { _ in }) -> (Client, wasPresent: Bool) {
    _ = number(of: id)
    let wasPresent = clients[id]!.isPresent
    change(&clients[id]!)
    clients[id]!.isPresent = true
    return (clients[id]!, wasPresent)
  }

  /// - Returns: the client, if it was present.
  private func removed(_ id: AnyHashable) -> Client? {
    let client = clients.removeValue(forKey: id)
    return client?.isPresent == true ? client : nil
  }

  // MARK: Presence

  /// Updates a client's public data, and notifies the others.
  func update(_ requester: Requester, event: Presence? = nil, _ change: (inout Clients.Client) -> Void = { _ in })
    throws(PatchError)
  {
    guard let id = requester.subscriber else {
      throw PatchError(.noSuchAddress, "this client cannot receive notifications")
    }
    // Presence ends like a subscription: with the connection, or after a minute without a request.
    try session.subscribers.add(requester, [], at: session.clock())
    let (client, wasPresent) = update(id, change)
    if !wasPresent || event == .joined { notify(client, .joined, except: id) }
    if event == .selects { notify(client, .selects, except: id) }
  }

  /// Removes a client that has disconnected or expired.
  func remove(_ id: AnyHashable) {
    if let client = removed(id) { notify(client, .left, except: id) }
  }

  enum Presence: String { case joined, left, selects }

  private func notify(_ client: Clients.Client, _ event: Presence, except id: AnyHashable) {
    let selection = event == .selects ? client.selection.map { OSCArgument.string($0) } : []
    session.notify(
      .client,
      [.int32(Int32(truncatingIfNeeded: client.number)), .string(client.name), .string(event.rawValue)]
        + selection, except: id)
  }
}
