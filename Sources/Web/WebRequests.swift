import Control
import PatchKit

/// The paths of the web server and their answers.
final class WebRequests {
  unowned let server: WebServer
  private var lastID = 0

  init(_ server: WebServer) { self.server = server }

  private var session: Session { server.session }
  private func client(of request: WebRequest) -> OSCClient { server.requestClients[request.role == .owner ? 0 : 1] }

  /// Answers a request in the turn of its client.
  func handle(_ request: WebRequest) {
    server.sessions.enqueue(for: client(of: request)) { [weak self] _ in self?.answer(request) }
  }

  private func answer(_ request: WebRequest) {
    let isRead = request.head.method == "GET" || request.head.method == "HEAD"
    if isRead, isPageWanted(request), let asset = server.assets[request.head.path] {
      return serve(asset, request)
    }
    let path = request.head.path
    if let address = TrackRequests.address(path, hasShortPaths: server.options.isTrackService) {
      return answerTrack(address, request, isRead: isRead)
    }
    if request.head.method == "POST", path == "/api" || path.hasPrefix("/api/") {
      // The response follows when its commands have been answered.
      do throws(PatchError) { try run(request) } catch { server.respond(request.id, .failure(error)) }
      return
    }
    if request.head.method == "PUT" { return store(request) }
    server.respond(request.id, isRead ? read(path, request) : .failure("http-405", "no such method here", status: 405))
  }

  /// True if the request is for the page, where OSCQuery has the same path.
  private func isPageWanted(_ request: WebRequest) -> Bool {
    request.head.path != "/" || request.head.query == "HTML" || request.head.accept?.contains("text/html") == true
  }

  private func serve(_ asset: WebAsset, _ request: WebRequest) {
    let headers = "ETag: \(asset.tag)"
    if request.head.ifNoneMatch?.contains(asset.tag) == true {
      return server.respond(request.id, WebResponse(status: 304, type: asset.type, headers: headers))
    }
    server.respond(request.id, asset, headers: headers)
  }

  // MARK: PUT

  private func store(_ request: WebRequest) {
    let name = String(request.head.path.dropFirst("/files/".utf8.count)), id = request.id
    server.options.storeSound(name, request.head.query == "overwrite", request.body) { [weak server] result in
      switch result {
      case .success(let path): server?.respond(id, .json("{\"path\":\(JSONString.quoted(path))}", status: 201))
      case .failure(let error): server?.respond(id, .failure(error))
      }
    }
  }

  // MARK: GET

  private func read(_ path: String, _ request: WebRequest) -> WebResponse {
    switch path {
    case "/api/state": return .json(session.stateText(for: session.number(of: client(of: request))))
    case "/api/patch": return .json(PatchFile.text(of: session.currentDraft, in: session.registry, isExplicit: true))
    case "/modules.json":
      let text = server.options.modules(), tag = WebAsset.tag(of: text.utf8)
      if request.head.ifNoneMatch?.contains(tag) == true {
        return WebResponse(status: 304, headers: "ETag: \(tag)")
      }
      return .json(text, headers: "ETag: \(tag)")
    case "/metrics": return WebResponse(type: "text/plain; version=0.0.4; charset=utf-8", body: Array(metrics.utf8))
    default: return server.query.answer(path, request.head.query)
    }
  }

  /// The numbers of `/status` in the text format of Prometheus.
  private var metrics: String {
    var arguments: [OSCArgument] = []
    session.perform(
      OSCMessage("/status"),
      from: Requester { if $0.address == "/done" { arguments = Array($0.arguments.dropFirst()) } })
    var text = ""
    for i in stride(from: 0, to: arguments.count - 1, by: 2) {
      guard let name = arguments[i].text, let number = arguments[i + 1].number, number.isFinite else { continue }
      let plain = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
      text += "# TYPE weft_\(plain) gauge\nweft_\(plain) \(number)\n"
    }
    return text
  }

  // MARK: Tracks

  private func answerTrack(_ address: String, _ request: WebRequest, isRead: Bool) {
    if address == "/track/status" {
      return server.respond(
        request.id, isRead ? .json(TrackRequests.status(of: session)) : .failure("http-405", "use GET", status: 405))
    }
    guard request.head.method == "POST" else {
      return server.respond(request.id, .failure("http-405", "use POST", status: 405))
    }
    do throws(PatchError) {
      try perform([try TrackRequests.message(address, request.body)], request, isBundle: false)
    } catch { server.respond(request.id, .failure(error)) }
  }

  // MARK: POST

  /// One command of the path, or the commands of a bundle.
  private func run(_ request: WebRequest) throws(PatchError) {
    let isBundle = request.head.path == "/api" || request.head.path == "/api/"
    let messages =
      isBundle
      ? try WebJSON.commands(request.body)
      : [
        OSCMessage(
          String(request.head.path.dropFirst("/api".utf8.count)),
          request.head.path == "/api/patch/set" && request.body.first == UInt8(ascii: "{")
            ? [.string(String(decoding: request.body, as: UTF8.self))] : try WebJSON.arguments(request.body))
      ]
    guard !messages.isEmpty else { return server.respond(request.id, .json("[]")) }
    guard messages.count <= WebSocketClient.Limits.commandsPerSecond else {
      throw PatchError(.limit, "a bundle has at most \(WebSocketClient.Limits.commandsPerSecond) commands")
    }
    try perform(messages, request, isBundle: isBundle)
  }

  private func perform(_ messages: [OSCMessage], _ request: WebRequest, isBundle: Bool) throws(PatchError) {
    for message in messages {
      if request.role == .guest, !GuestRules.allows(message) {
        throw PatchError(.outsideRoot, "a guest may read and play, but not use \(message.address)")
      }
      if OSCPattern.isPattern(message.address) {
        throw PatchError(.badName, "a pattern needs OSC; over HTTP each address is written in full")
      }
      guard (try? message.encoded()) != nil else {
        throw PatchError(.malformed, "\(message.address) is no address or an argument no OSC")
      }
    }
    lastID += 1
    let exchange = WebExchange(messages, id: lastID, isBundle: isBundle) { [server] response in
      server.respond(request.id, response)
    }
    exchange.perform(on: session, as: client(of: request))
  }
}
