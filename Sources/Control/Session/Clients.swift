/// The numbers of clients: 1 for the first that sends a request. 0 is the program itself, and senders without an id.
struct Clients {
  /// The program itself: a start, a reload, MIDI.
  static let own = 0
  private var numbers: [AnyHashable: Int] = [:]
  private var last = 0

  mutating func number(of id: AnyHashable?) -> Int {
    guard let id else { return Clients.own }
    if let number = numbers[id] { return number }
    last += 1
    numbers[id] = last
    return last
  }

  mutating func remove(_ id: AnyHashable) { numbers[id] = nil }
}

extension Session {
  /// The client number of a request's sender.
  func client(of call: Call) -> Int { clients.number(of: call.requester.id) }
}
