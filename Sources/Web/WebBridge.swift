import CWebApi
import Control
import Synchronization

/// A request with its complete body.
struct WebRequest: Sendable {
  var id: UInt64
  var head: WebRules.Head
  var role: WebRules.Role
  var body: [UInt8]
}

/// The part of the server that runs on the web thread: checks request heads, and posts everything else to the control
/// thread.
final class WebBridge: Sendable {
  let rules: WebRules
  private let loop: ControlLoop
  private let server: Weak
  private let pending = Atomic<Int>(0)

  /// The server; confined to the control thread.
  private struct Weak: @unchecked Sendable { weak var server: WebServer? }

  /// Maximum bytes of a body, of a whole patch, and of a sound file.
  static let smallBody = 1 << 20, patchBody = 64 << 20, soundBody = 256 << 20
  /// Maximum bytes of messages that wait for the control thread.
  static let mostPending = 64 << 20
  /// Timeout for a body, seconds.
  static let seconds = 10

  init(_ rules: WebRules, _ loop: ControlLoop, _ server: WebServer) {
    (self.rules, self.loop, self.server) = (rules, loop, Weak(server: server))
  }

  func judge(_ head: WebRules.Head) -> weft_web_verdict {
    switch rules.verdict(head) {
    case .refused(let status): return weft_web_verdict(status: Int32(status), body_limit: 0, seconds: 0)
    case .accepted(let role):
      let isPatch =
        head.method == "POST"
        && (head.path == "/api/patch/set" || head.path.hasPrefix("/track/") || head.path == "/play")
      if head.method == "PUT" {
        guard head.path.hasPrefix("/files/"), role == .owner else {
          return weft_web_verdict(status: role == .guest ? 403 : 404, body_limit: 0, seconds: 0)
        }
        return weft_web_verdict(status: 0, body_limit: Int64(WebBridge.soundBody), seconds: 120)
      }
      let limit = head.method == "POST" ? isPatch ? WebBridge.patchBody : WebBridge.smallBody : 0
      return weft_web_verdict(status: 0, body_limit: Int64(limit), seconds: Int32(WebBridge.seconds))
    }
  }

  func request(_ id: UInt64, _ head: WebRules.Head, _ body: [UInt8]) {
    guard case .accepted(let role?) = rules.verdict(head) else { return }
    let request = WebRequest(id: id, head: head, role: role, body: body)
    post { $0.handle(request) }
  }

  func opened(_ id: UInt64, _ head: WebRules.Head) {
    guard case .accepted(let role) = rules.verdict(head) else { return }
    post { $0.opened(id, role) }
  }
  func received(_ id: UInt64, isText: Bool, _ bytes: [UInt8]) {
    // The control thread is behind: disconnect a client that keeps sending.
    guard pending.load(ordering: .relaxed) < WebBridge.mostPending else { return post { $0.exceeded(id) } }
    pending.wrappingAdd(bytes.count, ordering: .relaxed)
    post { [self] in
      pending.wrappingSubtract(bytes.count, ordering: .relaxed)
      $0.received(id, isText: isText, bytes)
    }
  }
  func sent(_ id: UInt64, _ size: Int) { post { $0.sent(id, size) } }
  func closed(_ id: UInt64) { post { $0.closed(id) } }

  private func post(_ work: @escaping @Sendable (WebServer) -> Void) {
    loop.post { [server] in if let server = server.server { work(server) } }
  }

  /// The callbacks of the library; the context is this object.
  var callbacks: weft_web_callbacks {
    func bridge(_ context: UnsafeMutableRawPointer?) -> WebBridge {
      Unmanaged<WebBridge>.fromOpaque(context!).takeUnretainedValue()
    }
    return weft_web_callbacks(
      context: Unmanaged.passUnretained(self).toOpaque(), head: webHead, request: webRequest, opened: webOpened,
      received: webReceived, sent: webSent, closed: webClosed)
  }
}

// Free functions: a closure created elsewhere might belong to an actor.
private func bridge(_ context: UnsafeMutableRawPointer?) -> WebBridge {
  Unmanaged<WebBridge>.fromOpaque(context!).takeUnretainedValue()
}
private func webHead(_ context: UnsafeMutableRawPointer?, _ head: UnsafePointer<weft_web_head>?) -> weft_web_verdict {
  bridge(context).judge(WebRules.Head(head!.pointee))
}
private func webRequest(
  _ context: UnsafeMutableRawPointer?, _ id: UInt64, _ head: UnsafePointer<weft_web_head>?,
  _ body: UnsafePointer<UInt8>?, _ size: Int
) {
  bridge(context).request(
    id, WebRules.Head(head!.pointee), Array(UnsafeBufferPointer(start: size > 0 ? body : nil, count: size)))
}
private func webOpened(_ context: UnsafeMutableRawPointer?, _ id: UInt64, _ head: UnsafePointer<weft_web_head>?) {
  bridge(context).opened(id, WebRules.Head(head!.pointee))
}
private func webReceived(
  _ context: UnsafeMutableRawPointer?, _ id: UInt64, _ isText: Bool, _ bytes: UnsafePointer<UInt8>?, _ size: Int
) {
  bridge(context).received(
    id, isText: isText, Array(UnsafeBufferPointer(start: size > 0 ? bytes : nil, count: size)))
}
private func webSent(_ context: UnsafeMutableRawPointer?, _ id: UInt64, _ size: Int) { bridge(context).sent(id, size) }
private func webClosed(_ context: UnsafeMutableRawPointer?, _ id: UInt64) { bridge(context).closed(id) }

extension WebRules.Head {
  fileprivate init(_ head: weft_web_head) {
    func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }
    self.init(
      method: text(head.method) ?? "", path: text(head.path) ?? "", query: text(head.query), host: text(head.host),
      origin: text(head.origin), fetchSite: text(head.fetch_site), hasFetch: head.has_fetch,
      authorization: text(head.authorization), contentType: text(head.content_type), accept: text(head.accept),
      ifNoneMatch: text(head.if_none_match), isUpgrade: head.is_upgrade, isRemote: head.is_remote)
  }
}
