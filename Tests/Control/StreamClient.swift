import Control
import Foundation
import PatchKit

/// A client that follows the edit stream: it applies every edit to its initial state.
final class StreamClient {
  let id: Int
  private(set) var copy: Patch?
  private(set) var state: [String: Any] = [:]
  private(set) var seq: Int?
  /// The authors of the edits.
  private(set) var authors: Set<Int> = []
  private(set) var failures: [String] = []
  /// All messages that are neither replies nor edits.
  var notifications: [OSCMessage] = []
  var replies: [OSCMessage] = []
  private var pieces: [String] = []

  init(_ id: Int, limit: Int = .max) {
    self.id = id
    self.limit = limit
  }
  private let limit: Int

  var requester: Requester {
    Requester(id: id, replyLimit: limit, expires: limit < .max) { [unowned self] in receive($0) }
  }

  @discardableResult
  func send(_ rig: SessionRig, _ line: String) -> OSCMessage? {
    replies = []
    let score = try! Score.read(Array("0 \(line)\n".utf8))[0]
    rig.session.perform(OSCMessage(score.address, score.arguments.map(\.osc)), from: requester)
    return replies.last
  }

  /// The text of the client's patch; empty without one.
  var text: String { copy.map { PatchFile.text(of: $0, in: registry) } ?? "" }

  private func receive(_ message: OSCMessage) {
    switch message.address {
    case "/state":
      // A whole document, or index, count and piece.
      let arguments = message.arguments
      guard let text = document(Array(arguments.dropFirst())) else { return }
      seq = Int(arguments[0].number!)
      state = (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]) ?? [:]
      let draft = try! JSONSerialization.data(withJSONObject: state["draft"] ?? [:])
      copy = try? PatchFile.read(Array(draft), in: registry, allowMissing: true)
    case "/notify/edit":
      let address = message.arguments[2].text!
      var arguments = Array(message.arguments.dropFirst(3))
      if ["/patch/set", "/snap/set", "/macro/set", "/patch/frames"].contains(where: { address.hasSuffix($0) }) {
        let names = address.hasSuffix("/snap/set") ? 1 : 0
        guard let text = document(Array(arguments.dropFirst(names))) else { return }
        arguments = arguments.prefix(names) + [.string(text)]
      }
      let number = Int(message.arguments[0].number!)
      if number != seq.map({ $0 + 1 }) { failures.append("edit \(number) after \(seq ?? -1)") }
      seq = number
      authors.insert(Int(message.arguments[1].number!))
      do {
        switch try ResolvedEdit(OSCMessage(address, arguments), in: registry) {
        case .draft(let edit), .both(let edit): try copy!.apply(edit)
        case .committed, .commit: break
        }
      } catch { failures.append("\(address): \(error)") }
    case let address where address.hasPrefix("/notify/"): notifications.append(message)
    default: replies.append(message)
    }
  }

  private func document(_ arguments: [OSCArgument]) -> String? {
    if arguments.count == 1 { return arguments[0].text }
    pieces.append(arguments[2].text!)
    guard Int(arguments[0].number!) == Int(arguments[1].number!) - 1 else { return nil }
    defer { pieces = [] }
    return pieces.joined()
  }
}
