import Control
import PatchKit

/// OSCQuery (Vidvox, "OSCQuery Proposal"): the tree over HTTP; values and changes over WebSocket.
final class OSCQuery {
  private unowned let server: WebServer
  private var loop: ControlLoop!
  /// Changed values and their authors; sent at most 60 times a second.
  private var changed: [String: (message: OSCMessage, author: Int)] = [:]
  private var isTimed = false

  /// Maximum number of paths that a client may subscribe to.
  static let mostListens = 4_096
  private static let interval = 1.0 / 60

  init(_ server: WebServer) { self.server = server }

  // MARK: HTTP

  func answer(_ path: String, _ query: String?) -> WebResponse {
    let attribute = query?.split(separator: "&").first.map(String.init)
    if attribute == "HOST_INFO" { return .json(hostInformation) }
    guard let node = OSCQueryTree(session: server.session).node(path) else {
      return .failure("no-such-address", "there is nothing at \(path)", status: 404)
    }
    guard let attribute, attribute != "HTML" else { return .json(node.json) }
    guard OSCQuery.attributes.contains(attribute) else {
      return .failure("no-such-param", "there is no attribute \(attribute)", status: 400)
    }
    // A missing attribute: no content, as specified by the proposal.
    guard let json = node.attribute(attribute) else { return WebResponse(status: 204) }
    return .json("{\"\(attribute)\":\(json)}")
  }

  private static let attributes: Set = [
    "FULL_PATH", "TYPE", "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE", "TAGS", "EXTENDED_TYPE",
    "CRITICAL", "OVERLOADS", "HTML",
  ]

  private var hostInformation: String {
    let extensions = [
      "ACCESS", "VALUE", "RANGE", "DESCRIPTION", "UNIT", "CLIPMODE", "LISTEN", "PATH_CHANGED",
      "PATH_ADDED", "PATH_REMOVED", "PATH_RENAMED",
    ]
    return "{\"NAME\":\(JSONString.quoted(Version.name)),\"OSC_PORT\":\(server.sessions.server.port)"
      + ",\"OSC_TRANSPORT\":\"UDP\",\"WS_PORT\":\(server.port),\"EXTENSIONS\":{"
      + extensions.map { "\"\($0)\":true" }.joined(separator: ",") + "}}"
  }

  // MARK: WebSocket

  func receive(_ bytes: [UInt8], from client: WebSocketClient) {
    guard case .object(_, let members)? = try? JSONValue(bytes), case .string(let command)? = members["COMMAND"] else {
      return client.close(1_003, "text frames are commands of OSCQuery, binary frames OSC packets")
    }
    if client.listens == nil { client.listens = [] }
    guard case .string(let path)? = members["DATA"] else { return }
    switch command {
    case "LISTEN":
      guard client.listens!.count < OSCQuery.mostListens, let message = value(path) else { return }
      client.listens!.insert(path)
      client.send(message)
    case "IGNORE": client.listens!.remove(path)
    default: break
    }
  }

  /// The value at a path as a message.
  private func value(_ path: String) -> OSCMessage? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let patch = server.session.currentDraft
    if parts.count == 3, parts[1] == "macro", let macro = patch.macros.first(where: { $0.name == parts[2] }) {
      return OSCMessage(path, [.float(macro.value)])
    }
    if path == "/engine/volume" { return OSCMessage(path, [.float(server.session.masterVolume)]) }
    guard parts.count == 4, parts[1] == "mod" else { return nil }
    var reply: OSCMessage?
    server.session.perform(OSCMessage(path), from: Requester { reply = $0 })
    guard let reply, reply.address == "/done" else { return nil }
    return OSCMessage(path, Array(reply.arguments.dropFirst()))
  }

  // MARK: Changes

  /// Follows the edits of the session.
  func follow(_ loop: ControlLoop) {
    self.loop = loop
    let next = server.session.onEdit
    server.session.onEdit = { [weak self] seq, client, edit in
      next(seq, client, edit)
      self?.report(edit, by: client)
    }
  }

  private var clients: [WebSocketClient] { server.clients.values.filter { $0.listens != nil } }

  private func report(_ edit: ResolvedEdit, by author: Int) {
    if clients.isEmpty { return }
    switch edit {
    case .draft(let edit), .both(let edit): report(edit, by: author)
    case .committed, .commit: break
    }
  }

  private func report(_ edit: PatchEdit, by author: Int) {
    switch edit {
    case .param(let port, _): change("/mod/\(port)", author)
    case .macroValue(let name, _): change("/macro/\(name)", author)
    case .create(let id, _): notify("PATH_ADDED", JSONString.quoted("/mod/\(id)"))
    case .delete(let id): notify("PATH_REMOVED", JSONString.quoted("/mod/\(id)"))
    case .rename(let id, let other):
      let names = "{\"OLD\":\(JSONString.quoted("/mod/\(id)")),\"NEW\":\(JSONString.quoted("/mod/\(other)"))}"
      notify("PATH_RENAMED", names)
    case .macros: notify("PATH_CHANGED", "\"/macro\"")
    case .replace: notify("PATH_CHANGED", "\"/mod\"")
    case .label(let id, _): notify("PATH_CHANGED", JSONString.quoted("/mod/\(id)"))
    default: break
    }
  }

  private func notify(_ command: String, _ data: String) {
    for client in clients { client.send(Array("{\"COMMAND\":\"\(command)\",\"DATA\":\(data)}".utf8), isText: true) }
  }

  private func change(_ path: String, _ author: Int) {
    guard clients.contains(where: { $0.listens!.contains(path) }) else { return }
    changed[path] = (OSCMessage(path), author)
    if isTimed { return }
    isTimed = true
    loop.after(OSCQuery.interval) { [weak self] in self?.flush() }
  }

  private func flush() {
    isTimed = false
    let changes = changed
    changed = [:]
    for (path, (_, author)) in changes.sorted(by: { $0.key < $1.key }) {
      guard let message = value(path) else { continue }
      for client in clients where client.listens!.contains(path) && client.queued == 0 {
        if server.session.number(of: client.sender) != author { client.send(message) }
      }
    }
  }
}
