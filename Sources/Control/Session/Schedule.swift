import CRealtime
import Engine
import PatchKit

/// Bundles that wait for their time, earliest first.
struct Schedule {
  /// More than these are refused: a flood of far-off bundles must not eat the memory.
  static let limit = 4_096

  struct Entry {
    var frame: Int
    var order: Int
    var packet: OSCPacket
    var requester: Requester
    /// The knob whose lane this is a part of.
    var lane: String?
  }
  private var entries: [Entry] = []
  private var lastOrder = 0

  var isEmpty: Bool { entries.isEmpty }
  var firstFrame: Int? { entries.first?.frame }

  /// False where there is no room.
  mutating func insert(
    _ packet: OSCPacket, at frame: Int, from requester: Requester, lane: String? = nil
  ) -> Bool {
    guard entries.count < Schedule.limit else { return false }
    lastOrder += 1
    var low = 0, high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].frame <= frame { low = middle + 1 } else { high = middle }
    }
    entries.insert(Entry(frame: frame, order: lastOrder, packet: packet, requester: requester, lane: lane), at: low)
    return true
  }

  var room: Int { Schedule.limit - entries.count }

  mutating func remove(lane: String) { entries.removeAll { $0.lane == lane } }

  mutating func popFirst(before frame: Int) -> Entry? {
    guard let first = entries.first, first.frame < frame else { return nil }
    return entries.removeFirst()
  }
}

extension Session {
  /// Seconds before its time that a bundle is taken up: enough to compile a large patch.
  public static let lookahead = 0.1

  /// Does what a packet asks: a message at once, a bundle's messages together at the bundle's time.
  public func perform(_ packet: OSCPacket, from requester: Requester) {
    switch packet {
    case .message(let message): performMatching(message, from: requester, at: nil)
    case .bundle(let timeTag, let packets):
      guard let time = OSCTime.now().nanoseconds(of: timeTag), let frame = frameAtNanoseconds(time) else {
        return plans.together { packets.forEach { perform($0, from: requester) } }
      }
      if frame <= engine.frame { lateCount += 1 }
      if frame <= engine.frame + Int(Session.lookahead * engine.sampleRate) {
        perform(packets, from: requester, at: frame)
      } else if !schedule.insert(packet, at: frame, from: requester) {
        requester.send(
          OSCMessage(
            "/fail",
            [.string("#bundle"), .string(ErrorCode.limit.rawValue), .string("\(Schedule.limit) bundles wait already")]))
      }
    }
  }

  /// Takes up the bundles whose time is near.
  func performDue() {
    performBeats()
    let horizon = engine.frame + Int(Session.lookahead * engine.sampleRate)
    while let entry = schedule.popFirst(before: horizon) {
      if case .bundle(_, let packets) = entry.packet { perform(packets, from: entry.requester, at: entry.frame) }
    }
  }

  private func perform(_ packets: [OSCPacket], from requester: Requester, at frame: Int) {
    for packet in packets {
      if case .message(let message) = packet {
        performMatching(message, from: requester, at: frame)
      } else {
        perform(packet, from: requester)
      }
    }
  }

  /// An address with pattern characters stands for every knob that it matches.
  func performMatching(_ message: OSCMessage, from requester: Requester, at frame: Int?) {
    guard OSCPattern.isPattern(message.address) else { return perform(message, from: requester, at: frame) }
    guard let pattern = try? OSCPattern(message.address) else { return perform(message, from: requester, at: frame) }
    var addresses: [String] = []
    for (id, node) in draft.patch.nodes.sorted(by: { $0.key < $1.key }) {
      for input in registry[node.type]?.inputs ?? [] where input.hasKnob {
        let address = "/mod/\(id)/\(input.name)"
        if pattern.matches(address) { addresses.append(address) }
      }
    }
    if addresses.isEmpty { return perform(message, from: requester, at: frame) }
    for address in addresses { perform(OSCMessage(address, message.arguments), from: requester, at: frame) }
  }
}
