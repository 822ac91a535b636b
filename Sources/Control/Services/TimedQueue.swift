import PatchKit

/// A scheduled packet.
final class TimedCommand {
  enum Due {
    case frame(Int)
    /// A beat of the active clock; its frame changes with the tempo.
    case beat(Double)
  }
  enum Kind: String {
    /// A bundle with a time tag.
    case bundle
    /// A command of `/at`.
    case at
    /// A segment of `/lane`.
    case automation = "lane"
  }

  let due: Due
  let kind: Kind
  let packet: OSCPacket
  let requester: Requester
  /// The address of the parameter that a segment of `/lane` automates.
  let parameter: String?
  let bytes: Int
  /// Order of arrival; unique.
  fileprivate(set) var number = 0

  init(_ kind: Kind, _ packet: OSCPacket, due: Due, from requester: Requester, parameter: String? = nil) {
    self.due = due
    self.kind = kind
    self.packet = packet
    self.requester = requester
    self.parameter = parameter
    bytes = packet.footprint
  }
}

/// Scheduled commands by frame or beat, earliest first, within limits per client and in total.
///
/// A client can neither exhaust the memory nor exclude others: each has its own limits, and if the total limit is
/// reached, the client with the most commands loses its latest ones to clients with fewer.
struct TimedQueue {
  struct Limits {
    /// Maximum commands of one client.
    var commands = 4_096
    /// Maximum bytes of one client.
    var bytes = 16 << 20
    /// Maximum commands of all clients.
    var allCommands = 65_536
    /// Maximum bytes of all clients.
    var allBytes = 64 << 20
  }
  struct Usage {
    var commands = 0
    var bytes = 0
  }

  let limits: Limits
  /// Commands by descending time, so that the next one is last.
  private var frames: [TimedCommand] = []
  private var beats: [TimedCommand] = []
  private var usages: [AnyHashable?: Usage] = [:]
  private(set) var total = Usage()
  private var lastNumber = 0

  init(limits: Limits = Limits()) { self.limits = limits }

  var isEmpty: Bool { total.commands == 0 }
  var firstFrame: Int? { frames.last.map(TimedQueue.frame) }
  var firstBeat: Double? { beats.last.map(TimedQueue.beat) }
  /// All commands, unordered.
  var all: [TimedCommand] { frames + beats }

  func usage(of client: AnyHashable?) -> Usage { usages[client] ?? Usage() }

  /// - Returns: the commands of other clients that were removed to make room.
  /// - Throws: `.limit`; the queue is then unchanged.
  mutating func insert(_ command: TimedCommand) throws(PatchError) -> [TimedCommand] {
    try checkRoom(commands: 1, bytes: command.bytes, for: command.requester.id)
    let displaced = makeRoom(for: command)
    lastNumber += 1
    command.number = lastNumber
    switch command.due {
    case .frame(let frame): frames.insert(command, at: TimedQueue.place(in: frames) { TimedQueue.frame($0) > frame })
    case .beat(let beat): beats.insert(command, at: TimedQueue.place(in: beats) { TimedQueue.beat($0) > beat })
    }
    count(command, 1)
    return displaced
  }

  /// - Throws: `.limit` if this client's share or the total would exceed its limit.
  func checkRoom(commands: Int, bytes: Int, for client: AnyHashable?) throws(PatchError) {
    let usage = usage(of: client)
    if usage.commands + commands > limits.commands {
      throw refusal("\(usage.commands) commands of this client wait already, of \(limits.commands) allowed")
    }
    if usage.bytes + bytes > limits.bytes {
      throw refusal("the commands of this client that wait would take more than \(limits.bytes >> 20) MiB")
    }
    // Only a client with more commands than this one can be displaced.
    let most = (commands: largest(\.commands, but: client).usage, bytes: largest(\.bytes, but: client).usage)
    if total.commands + commands > limits.allCommands, most.commands <= usage.commands + commands {
      throw refusal("\(limits.allCommands) commands wait already")
    }
    if total.bytes + bytes > limits.allBytes, most.bytes <= usage.bytes + bytes {
      throw refusal("the commands that wait take \(limits.allBytes >> 20) MiB already")
    }
  }

  private func refusal(_ words: String) -> PatchError {
    PatchError(.limit, words + "; /schedule/clear mine removes yours")
  }

  /// Removes the next command due before a frame, except those of some clients; `frameOfBeat` converts beats to frames,
  /// nil: not due yet.
  mutating func popFirst(
    before end: Int, skipping clients: Set<AnyHashable?> = [], frameOfBeat: (Double) -> Int?
  ) -> (command: TimedCommand, frame: Int)? {
    func isWanted(_ command: TimedCommand) -> Bool { clients.isEmpty || !clients.contains(command.requester.id) }
    let beat = beats.lastIndex(where: isWanted), beatFrame = beat.flatMap { frameOfBeat(TimedQueue.beat(beats[$0])) }
    let place = frames.lastIndex(where: isWanted), frame = place.map { TimedQueue.frame(frames[$0]) }
    if let beat, let beatFrame, beatFrame < end, beatFrame <= frame ?? .max {
      let command = beats.remove(at: beat)
      count(command, -1)
      return (command, beatFrame)
    }
    guard let place, let frame, frame < end else { return nil }
    let command = frames.remove(at: place)
    count(command, -1)
    return (command, frame)
  }

  /// - Returns: the number of removed commands.
  @discardableResult
  mutating func remove(where isRemoved: (TimedCommand) -> Bool) -> Int {
    let removed = frames.filter(isRemoved) + beats.filter(isRemoved)
    guard !removed.isEmpty else { return 0 }
    frames.removeAll(where: isRemoved)
    beats.removeAll(where: isRemoved)
    for command in removed { count(command, -1) }
    return removed.count
  }

  // MARK: Room

  /// The client with the highest usage, except `client`.
  private func largest(_ measure: (Usage) -> Int, but client: AnyHashable?) -> (client: AnyHashable?, usage: Int) {
    var largest: (client: AnyHashable?, usage: Int) = (nil, 0)
    for (other, usage) in usages where other != client && measure(usage) > largest.usage {
      largest = (other, measure(usage))
    }
    return largest
  }

  private mutating func makeRoom(for command: TimedCommand) -> [TimedCommand] {
    let client = command.requester.id
    var displaced: [TimedCommand] = []
    while total.commands + 1 > limits.allCommands,
      let latest = removeLatest(of: largest(\.commands, but: client).client)
    { displaced.append(latest) }
    while total.bytes + command.bytes > limits.allBytes,
      let latest = removeLatest(of: largest(\.bytes, but: client).client)
    { displaced.append(latest) }
    return displaced
  }

  private mutating func removeLatest(of client: AnyHashable?) -> TimedCommand? {
    let command: TimedCommand
    if let i = frames.firstIndex(where: { $0.requester.id == client }) {
      command = frames.remove(at: i)
    } else if let i = beats.firstIndex(where: { $0.requester.id == client }) {
      command = beats.remove(at: i)
    } else {
      return nil
    }
    count(command, -1)
    return command
  }

  private mutating func count(_ command: TimedCommand, _ sign: Int) {
    let client = command.requester.id
    total.commands += sign
    total.bytes += sign * command.bytes
    var usage = usage(of: client)
    usage.commands += sign
    usage.bytes += sign * command.bytes
    usages[client] = usage.commands > 0 ? usage : nil
  }

  private static func frame(_ command: TimedCommand) -> Int {
    if case .frame(let frame) = command.due { frame } else { .max }
  }
  private static func beat(_ command: TimedCommand) -> Double {
    if case .beat(let beat) = command.due { beat } else { .infinity }
  }

  /// The insertion index; equal times keep the order of arrival.
  private static func place(in commands: [TimedCommand], isLater: (TimedCommand) -> Bool) -> Int {
    var low = 0, high = commands.count
    while low < high {
      let middle = (low + high) / 2
      if isLater(commands[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension OSCPacket {
  /// Memory of the decoded packet in bytes, rounded up.
  var footprint: Int {
    switch self {
    case .message(let message):
      message.address.utf8.count + message.arguments.reduce(96) { $0 + $1.footprint }
    case .bundle(_, let packets): packets.reduce(64) { $0 + $1.footprint }
    }
  }
}

extension OSCArgument {
  fileprivate var footprint: Int {
    let own = MemoryLayout<OSCArgument>.stride
    return switch self {
    case .string(let text), .symbol(let text): own + 32 + text.utf8.count
    case .blob(let bytes): own + 32 + bytes.count
    case .array(let items): items.reduce(own + 32) { $0 + $1.footprint }
    default: own
    }
  }
}
