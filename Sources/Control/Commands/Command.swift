import PatchKit

/// One command, available over OSC, in scores and on the command line.
///
/// The command table is their only definition; replies, checks, listings and the reference derive from it.
public struct Command: Sendable {
  /// The address; `ID` and `PARAM` are placeholders of a node's id and a parameter's name.
  public let address: String
  public let arguments: [Argument]
  public let summary: String
  let effect: Effect
  let run: @Sendable (Session, Call) throws(PatchError) -> Outcome

  /// The effect of the command in the transaction of a bundle.
  enum Effect: Sendable {
    /// No effect: the command runs even if the edits of the bundle fail.
    case none
    /// Edits saved data.
    case edit
    /// Edits saved data, depending on the arguments.
    case editIf(@Sendable ([OSCArgument]) -> Bool)
    /// Ends the transaction and publishes a plan.
    case commit
  }

  init(
    _ address: String, _ arguments: [Argument] = [], _ summary: String, _ effect: Effect = .none,
    run: @escaping @Sendable (Session, Call) throws(PatchError) -> Outcome
  ) {
    self.address = address
    self.arguments = arguments
    self.summary = summary
    self.effect = effect
    self.run = run
  }

  /// True for a command that ends the transaction of a bundle.
  var isCommit: Bool { if case .commit = effect { true } else { false } }

  /// Returns true for a message that edits saved data.
  func edits(_ message: OSCMessage) -> Bool {
    switch effect {
    case .none: false
    case .edit, .commit: true
    case .editIf(let isEdit): isEdit(Call(message, from: Requester { _ in }, at: nil).arguments)
    }
  }

  /// One argument of a command.
  public struct Argument: Sendable {
    public enum Kind: String, Sendable {
      case text, number, integer, toggle
      /// A number, a switch or a choice's name.
      case value
      /// A string or a blob of UTF-8.
      case document
    }
    public enum Presence: Sendable {
      case required, optional
      /// This argument and those after it, any number of times.
      case repeated
    }
    public let name: String
    public let kind: Kind
    public let presence: Presence

    static func text(_ name: String, _ presence: Presence = .required) -> Argument { .init(name, .text, presence) }
    static func number(_ name: String, _ presence: Presence = .required) -> Argument { .init(name, .number, presence) }
    static func integer(_ name: String, _ presence: Presence = .required) -> Argument {
      .init(name, .integer, presence)
    }
    static func toggle(_ name: String, _ presence: Presence = .required) -> Argument { .init(name, .toggle, presence) }
    static func value(_ name: String, _ presence: Presence = .required) -> Argument { .init(name, .value, presence) }
    static func document(_ name: String) -> Argument { .init(name, .document, .required) }

    private init(_ name: String, _ kind: Kind, _ presence: Presence) {
      self.name = name
      self.kind = kind
      self.presence = presence
    }
  }

  /// The syntax: `/patch/connect source destination [amount]`.
  public var usage: String {
    var words = [address]
    var group: [String] = []
    for argument in arguments {
      switch argument.presence {
      case .required: words.append(argument.name)
      case .optional: words.append("[\(argument.name)]")
      case .repeated: group.append(argument.name)
      }
    }
    if !group.isEmpty { words.append("[\(group.joined(separator: " "))]…") }
    return words.joined(separator: " ")
  }
}

/// The outcome of a command.
enum Outcome {
  /// Answered with `/done ADDRESS` and these arguments.
  case done([OSCArgument] = [])
  /// Answered with rows, then `/done ADDRESS` and their count.
  case listing(Listing)
  /// Answered by the command itself, now or later.
  case replied
}

/// One request: its arguments, and the receiver of its reply.
struct Call {
  let address: String
  /// Node id and parameter of a `/mod/ID/PARAM` address.
  var names: [String]
  let arguments: [OSCArgument]
  /// The request id, returned as the reply's last argument.
  let requestID: OSCArgument?
  let requester: Requester
  /// The frame of the bundle's time tag; nil: at once.
  let frame: Int?

  init(_ message: OSCMessage, from requester: Requester, at frame: Int?) {
    var arguments = message.arguments, requestID: OSCArgument?
    if let last = arguments.last, last.text?.hasPrefix("#") == true { requestID = arguments.removeLast() }
    (address, names, self.arguments, self.requestID) = (message.address, [], arguments, requestID)
    (self.requester, self.frame) = (requester, frame)
  }

  /// A request of the program itself; its replies are discarded.
  init(own address: String) { self.init(OSCMessage(address), from: Requester { _ in }, at: nil) }

  func text(_ index: Int) -> String { arguments[index].text ?? "" }
  func optionalText(_ index: Int) -> String? { index < arguments.count ? arguments[index].text : nil }
  func number(_ index: Int) -> Double { arguments[index].number ?? 0 }
  func optionalNumber(_ index: Int) -> Double? { index < arguments.count ? arguments[index].number : nil }

  /// One item of a listing, under the request's own address.
  func item(_ arguments: [OSCArgument]) {
    requester.send(OSCMessage(address, arguments + (requestID.map { [$0] } ?? [])))
  }
  func done(_ arguments: [OSCArgument] = []) {
    requester.send(OSCMessage("/done", [.string(address)] + arguments + (requestID.map { [$0] } ?? [])))
  }
  func fail(_ error: PatchError) {
    requester.send(
      OSCMessage(
        "/fail",
        [.string(address), .string(error.code.rawValue), .string(error.described)]
          + error.suggestions.map { .string($0) } + (requestID.map { [$0] } ?? [])))
  }
}

/// The sender of a request: the destination and maximum size of its replies.
public struct Requester {
  /// Identifies the client; nil for a sender that cannot be notified.
  public let id: AnyHashable?
  /// The client as a subscriber; nil if it receives nothing but replies.
  var subscriber: AnyHashable? { (id?.base as? OSCClient)?.isNotifiable == false ? nil : id }
  /// Maximum bytes of text in one reply.
  public let replyLimit: Int
  /// True for a sender without a connection: its subscriptions expire when it stops sending.
  public let expires: Bool
  /// Returns true if a message would be sent at once; measurements are dropped if it would be queued.
  public let isReady: () -> Bool
  public let send: (OSCMessage) -> Void
  /// True if `send` waits for the journal.
  var awaitsJournal = false
  /// Sends replies to another port of the same host from now on, nil: to the sender's; nil for a sender without ports.
  public var setReplyPort: ((Int?) throws(PatchError) -> Void)?

  public init(
    id: AnyHashable? = nil, replyLimit: Int = .max, expires: Bool = false, isReady: @escaping () -> Bool = { true },
    send: @escaping (OSCMessage) -> Void
  ) {
    self.id = id
    self.replyLimit = replyLimit
    self.expires = expires
    self.isReady = isReady
    self.send = send
  }
}

extension PatchError {
  /// The message with its place in the patch, and in a file unless the message names that.
  var described: String {
    let text = (place.path.map { $0 + ": " } ?? "") + message
    guard let file = place.file, !message.containsText(file) else { return text }
    return file + (place.line.map { ":\($0)" } ?? "") + ": " + text
  }
}
