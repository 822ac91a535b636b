/// The rules for accepting a web request before its body is read. Pure: no state, no files.
package struct WebRules: Sendable {
  /// The port of the server.
  var port: Int
  /// The numeric address of the server.
  var address: String
  /// The names of a reverse proxy (`--web-name`).
  var names: [String] = []
  var token: WebToken
  /// A token that may read and play, but not edit; nil: there are no guests.
  var guest: WebToken?

  package init(port: Int, address: String, names: [String] = [], token: WebToken, guest: WebToken? = nil) {
    (self.port, self.address, self.names, self.token, self.guest) = (port, address, names, token, guest)
  }

  /// Rights of a client.
  package enum Role: Sendable { case owner, guest }

  package enum Verdict: Equatable, Sendable {
    /// nil: the client must show a token in its first message.
    case accepted(Role?)
    case refused(status: Int)
  }

  /// The head of a request.
  package struct Head: Sendable {
    package var method = "GET", path = "/", query: String?
    package var host: String?, origin: String?, fetchSite: String?, hasFetch = false
    package var authorization: String?, contentType: String?, accept: String?, ifNoneMatch: String?
    package var isUpgrade = false, isRemote = false
  }

  package func verdict(_ head: Head) -> Verdict {
    guard let host = head.host, let isProxy = isOurs(host) else { return .refused(status: 421) }
    guard ["GET", "HEAD", "POST", "PUT"].contains(head.method) else {
      return .refused(status: head.method == "OPTIONS" ? 403 : 405)
    }
    let isRead = head.method == "GET" || head.method == "HEAD"
    let isAsset = isRead && !head.isUpgrade && (head.path == "/" || head.path.hasPrefix("/ui/"))
    if !isRead || head.isUpgrade {
      if let origin = head.origin, !isOurs(origin: origin) { return .refused(status: 403) }
      if head.isUpgrade, !isRead || head.path != "/" { return .refused(status: 404) }
    }
    if !isAsset, let site = head.fetchSite, site != "same-origin", site != "none" { return .refused(status: 403) }
    if head.method == "POST", WebRules.mediaType(head.contentType) != "application/json" {
      return .refused(status: 415)
    }
    if let authorization = head.authorization {
      guard let role = role(of: authorization) else { return .refused(status: 401) }
      return .accepted(role)
    }
    let isBrowser = head.origin != nil || head.hasFetch
    if !isBrowser, !head.isRemote, !isProxy { return .accepted(.owner) }
    if head.isUpgrade { return .accepted(nil) }
    return isAsset ? .accepted(.guest) : .refused(status: 401)
  }

  package func role(of authorization: String) -> Role? {
    let words = authorization.split(separator: " ")
    guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
    return role(token: String(words[1]))
  }

  package func role(token text: String) -> Role? {
    // Both are always compared, so that the time does not depend on the result.
    let isOwner = token.matches(text), isGuest = guest?.matches(text) ?? false
    return isOwner ? .owner : isGuest ? .guest : nil
  }

  /// Checks that a host is one of this server's: true for the name of a reverse proxy; nil for a foreign host.
  private func isOurs(_ host: String) -> Bool? {
    let host = host.lowercased()
    for name in ["127.0.0.1", "localhost", "[::1]", bracketed(address)] where matches(host, name, isOpen: false) {
      return false
    }
    for name in names where matches(host, name.lowercased(), isOpen: true) { return true }
    return nil
  }

  /// - Parameter isOpen: true if the standard port may be omitted.
  private func matches(_ host: String, _ name: String, isOpen: Bool) -> Bool {
    host == "\(name):\(port)" || host == name && (isOpen || port == 80)
  }

  private func isOurs(origin: String) -> Bool {
    for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
      guard let isProxy = isOurs(String(origin.dropFirst(scheme.count))) else { return false }
      return scheme == "http://" || isProxy
    }
    return false
  }

  private func bracketed(_ address: String) -> String { address.contains(":") ? "[\(address)]" : address }

  static func mediaType(_ text: String?) -> String? {
    text?.split(separator: ";").first?.split(separator: " ").joined().lowercased()
  }
}

extension WebRules.Head {
  /// A GET of the page from this machine.
  package static var ofPage: Self { Self() }
}
