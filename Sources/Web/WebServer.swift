import CWebApi
import Control
import Glibc
import PatchKit

/// HTTP and WebSocket for a session: requests become commands, WebSockets are clients like TCP connections.
///
/// Confined to the control thread; the network runs on a thread of the library.
public final class WebServer {
  public struct Options {
    /// A numeric address.
    public var host = "127.0.0.1"
    public var port = 7_771
    public var names: [String] = []
    /// The name under which zeroconf announces both ports; nil: not announced.
    public var announcement: String?
    /// The file of the token.
    public var tokenPath: String
    public var isNewToken = false
    public var hasGuests = false
    /// True if `/play`, `/stop` and `/status` are those of the track player.
    public var isTrackService = false
    /// The answer to `/modules.json`.
    public var modules: () -> String = { "[]" }
    /// Stores a sound file in the write root on another thread, then calls back on the control thread with its path.
    public var storeSound:
      (_ name: String, _ overwrite: Bool, _ bytes: [UInt8], _ then: @escaping (Result<String, PatchError>) -> Void) ->
        Void = { _, _, _, then in then(.failure(PatchError(.unwritable, "no files are stored here"))) }
    public init(tokenPath: String) { self.tokenPath = tokenPath }
  }

  /// Maximum number of sockets.
  static let connections = 32

  let sessions: SessionServer
  var session: Session { sessions.session }
  let options: Options
  private let library: WebLibrary
  private(set) var assets: [String: WebAsset] = [:]
  private(set) var rules: WebRules
  private var bridge: WebBridge!
  private var web: OpaquePointer!
  private(set) var clients: [UInt64: WebSocketClient] = [:]
  private(set) lazy var requests = WebRequests(self)
  /// The clients of requests without a socket: owner and guests.
  let requestClients: [OSCClient]
  private(set) lazy var query = OSCQuery(self)
  public private(set) var port = 0

  /// - Throws: if the library is missing, the token cannot be stored, or the port is in use.
  public init(_ sessions: SessionServer, loop: ControlLoop, options: Options) throws(PatchError) {
    self.sessions = sessions
    self.options = options
    requestClients = [sessions.otherClient(isNotifiable: false), sessions.otherClient(isNotifiable: false)]
    library = try WebLibrary(beside: WebLibrary.program())
    let token = try WebToken.kept(in: options.tokenPath, isNew: options.isNewToken)
    rules = WebRules(
      port: options.port, address: options.host, names: options.names, token: token,
      guest: options.hasGuests ? WebToken.new() : nil)
    assets = library.assets()
    bridge = WebBridge(rules, loop, self)
    var callbacks = bridge.callbacks
    var reason = [CChar](repeating: 0, count: 512)
    let announcement = options.announcement.map { strdup($0) } ?? nil
    defer { free(announcement) }
    let web = options.host.withCString { host in
      var settings = weft_web_options(
        host: host, port: UInt16(options.port), connections: Int32(WebServer.connections), handshake: 10,
        frame: UInt64(WebBridge.smallBody), name: announcement, osc_port: UInt16(clamping: sessions.server.port))
      return library.functions.pointee.start(&settings, &callbacks, &reason, reason.count)
    }
    guard let web else {
      let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw PatchError(.busy, "the web server cannot listen on \(options.host):\(options.port): \(text)")
    }
    self.web = web
    port = Int(library.functions.pointee.port(web))
    query.follow(loop)
  }

  deinit {
    if let web { library.functions.pointee.stop(web) }
    // Requests that wait for their turn would send their replies through this server.
    for client in clients.values { sessions.remove(client.sender) }
    for client in requestClients { sessions.remove(client) }
  }

  /// False where zeroconf's library is missing.
  public var isAnnounced: Bool { library.functions.pointee.is_announced(web) }

  /// The address of the page, with the token in the fragment, which browsers do not send.
  public var link: String { link(rules.token) }
  public var guestLink: String? { rules.guest.map(link) }
  private func link(_ token: WebToken) -> String {
    let host = options.host.contains(":") ? "[\(options.host)]" : options.host
    return "http://\(host):\(port)/#t=\(token.text)"
  }

  // MARK: Requests

  func handle(_ request: WebRequest) { requests.handle(request) }

  func respond(_ request: UInt64, _ response: WebResponse) {
    response.body.withUnsafeBytes { body in
      library.functions.pointee.respond(
        web, request, Int32(response.status), response.type, response.headers, body.baseAddress, body.count)
    }
  }

  func respond(_ request: UInt64, _ asset: WebAsset, headers: String) {
    library.functions.pointee.respond(
      web, request, 200, asset.type, headers, asset.bytes.baseAddress, asset.bytes.count)
  }

  // MARK: WebSockets

  func opened(_ id: UInt64, _ role: WebRules.Role?) {
    clients[id] = WebSocketClient(id, role, self)
    if role != nil { library.functions.pointee.trust(web, id) }
  }

  func sent(_ id: UInt64, _ size: Int) { clients[id]?.sent(size) }

  func closed(_ id: UInt64) {
    guard let client = clients.removeValue(forKey: id) else { return }
    sessions.remove(client.sender)
  }

  func send(_ id: UInt64, isText: Bool, _ bytes: [UInt8]) {
    bytes.withUnsafeBytes { library.functions.pointee.send(web, id, isText, $0.baseAddress, $0.count) }
  }

  func close(_ id: UInt64, _ code: UInt16, _ reason: String) { library.functions.pointee.close(web, id, code, reason) }

  /// Closes a client whose messages exceed the limit.
  func exceeded(_ id: UInt64) { clients[id]?.close(1_008, "it sends more than can be performed") }

  func received(_ id: UInt64, isText: Bool, _ bytes: [UInt8]) {
    guard let client = clients[id] else { return }
    if isText {
      guard client.role != nil else { return client.close(4_401, "the first message must be /token") }
      guard client.mayPerform(1) else { return }
      return query.receive(bytes, from: client)
    }
    let packet: OSCPacket
    do throws(PatchError) { packet = try OSCPacket(bytes) } catch {
      guard client.role != nil else { return client.close(4_401, "the first message must be /token") }
      return client.send(OSCMessage("/fail", ["", .string(error.code.rawValue), .string(error.description)]))
    }
    if case .message(let message) = packet, message.address == "/token" { return authenticate(client, message) }
    guard let role = client.role else { return client.close(4_401, "the first message must be /token") }
    accept(packet, bytes.count, client, role)
  }

  private func authenticate(_ client: WebSocketClient, _ message: OSCMessage) {
    guard let text = message.arguments.first?.text, let role = rules.role(token: text) else {
      return client.close(4_401, "the token is not right; weft play --web prints the address with it")
    }
    client.role = role
    library.functions.pointee.trust(web, client.number)
    client.send(OSCMessage("/done", ["/token", role == .owner ? "owner" : "guest"]))
  }

  private func accept(_ packet: OSCPacket, _ bytes: Int, _ client: WebSocketClient, _ role: WebRules.Role) {
    let messages = packet.messages
    guard client.mayPerform(max(1, messages.count)) else {
      return fail(messages, client, .limit, "more than \(WebSocketClient.Limits.commandsPerSecond) commands a second")
    }
    if role == .guest, let refused = messages.first(where: { !GuestRules.allows($0) }) {
      return fail(messages, client, .outsideRoot, "a guest may read and play, but not use \(refused.address)")
    }
    guard client.waiting + bytes <= WebSocketClient.Limits.waiting else { return exceeded(client.number) }
    client.waiting += bytes
    sessions.enqueue(for: client.sender) { session in
      client.waiting -= bytes
      session.perform(packet, from: client.requester)
    }
  }

  private func fail(_ messages: [OSCMessage], _ client: WebSocketClient, _ code: ErrorCode, _ reason: String) {
    for message in messages.prefix(16) {
      let id = message.arguments.last.flatMap { $0.text?.hasPrefix("#") == true ? $0 : nil }
      client.send(
        OSCMessage(
          "/fail", [.string(message.address), .string(code.rawValue), .string(reason)] + (id.map { [$0] } ?? [])))
    }
  }
}

extension OSCPacket {
  /// All messages in the packet.
  var messages: [OSCMessage] {
    switch self {
    case .message(let message): [message]
    case .bundle(_, let packets): packets.flatMap(\.messages)
    }
  }
}
