import CRealtime
import Control
import Foundation
import PatchKit
import TestSupport

/// A connection of any kind to a running program.
protocol OSCLink {
  func send(_ message: OSCMessage) throws
  /// The next message; nil if none comes in time.
  func next(within seconds: Double) throws -> OSCMessage?
}

extension OSCCaller: OSCLink {
  func next(within seconds: Double) throws -> OSCMessage? {
    try next(before: weft_nanoseconds() + UInt64(seconds * 1e9))
  }
}

extension WebClient: OSCLink {
  func next(within seconds: Double) throws -> OSCMessage? { message() }
}

/// A client that follows the edit stream: a snapshot, to which it applies every edit.
final class EditFollower {
  private let link: any OSCLink
  private(set) var copy = Patch()
  private(set) var edits = 0
  /// Snapshots after the first: over UDP edits may be lost.
  private(set) var gaps = 0
  private var seq: Int?
  private var pieces: [String] = []
  private var requests = 0

  struct Silence: Error {}

  init(_ link: any OSCLink) throws {
    self.link = link
    try start()
  }

  var text: String { PatchFile.text(of: copy, in: PatchPlayer.registry) }

  private func start() throws {
    seq = nil
    try link.send(OSCMessage("/edits", ["on"]))
    while seq == nil { _ = try receive() }
  }

  /// Sends requests without waiting, then receives up to the reply to the last of them.
  func perform(_ messages: [OSCMessage]) throws {
    for message in messages {
      requests += 1
      try link.send(OSCMessage(message.address, message.arguments + [.string("#\(requests)")]))
    }
    let last = OSCArgument.string("#\(requests)")
    while true {
      let message = try receive()
      if message.address == "/done" || message.address == "/fail", message.arguments.last == last { return }
    }
  }

  /// The text of the draft, as the program has it; the edits before it have been applied.
  func patch() throws -> String {
    try link.send(OSCMessage("/patch/get", ["#get"]))
    while true {
      let message = try receive()
      if message.address == "/patch/get", let text = document(message.arguments.dropLast()) { return text }
    }
  }

  private func receive() throws -> OSCMessage {
    guard let message = try link.next(within: Patience.seconds) else { throw Silence() }
    switch message.address {
    case "/state":
      guard let text = document(message.arguments.dropFirst()) else { break }
      let state = try JSONSerialization.jsonObject(with: Data(text.utf8)) as! [String: Any]
      let draft = try JSONSerialization.data(withJSONObject: state["draft"] ?? [:])
      copy = try PatchFile.read(Array(draft), in: PatchPlayer.registry, allowMissing: true)
      seq = Int(message.arguments[0].number!)
    case "/notify/edit" where seq != nil: try apply(message.arguments)
    default: break
    }
    return message
  }

  private func apply(_ arguments: [OSCArgument]) throws {
    let number = Int(arguments[0].number!), address = arguments[2].text!
    var values = Array(arguments.dropFirst(3))
    if ["/patch/set", "/snap/set", "/macro/set", "/patch/frames"].contains(where: { address.hasSuffix($0) }) {
      let names = address.hasSuffix("/snap/set") ? 1 : 0
      guard let text = document(values.dropFirst(names)) else { return }
      values = values.prefix(names) + [.string(text)]
    }
    if number <= seq! { return }
    guard number == seq! + 1 else {
      gaps += 1
      return try start()
    }
    seq = number
    edits += 1
    switch try ResolvedEdit(OSCMessage(address, values), in: PatchPlayer.registry) {
    case .draft(let edit), .both(let edit): try copy.apply(edit)
    case .committed, .commit: break
    }
  }

  /// A document that came whole, or (index, count, piece) in numbered pieces; nil before the last of them.
  private func document(_ arguments: ArraySlice<OSCArgument>) -> String? {
    let arguments = Array(arguments)
    if arguments.count == 1 { return arguments[0].text }
    let index = Int(arguments[0].number!)
    if index == 0 { pieces = [] }
    pieces.append(arguments[2].text!)
    return index == Int(arguments[1].number!) - 1 ? pieces.joined() : nil
  }
}
