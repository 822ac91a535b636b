import PatchKit
import TestSupport
import Testing

import Web

/// The rules for accepting a request before its body is read.
@Suite struct WebRulesTests {
  private let token = WebToken("0123456789abcdef0123456789abcdef")!
  private let guest = WebToken("fedcba9876543210fedcba9876543210")!
  private var rules: WebRules {
    WebRules(port: 7_771, address: "192.168.1.5", names: ["weft.example"], token: token, guest: guest)
  }

  private func head(_ change: (inout WebRules.Head) -> Void) -> WebRules.Head {
    var head = WebRules.Head.ofPage
    head.host = "127.0.0.1:7771"
    change(&head)
    return head
  }
  private func status(_ change: (inout WebRules.Head) -> Void) -> Int {
    if case .refused(let status) = rules.verdict(head(change)) { status } else { 200 }
  }
  private func browser(_ head: inout WebRules.Head) { (head.hasFetch, head.fetchSite) = (true, "same-origin") }

  @Test(arguments: [
    ("127.0.0.1:7771", 200), ("LOCALHOST:7771", 200), ("[::1]:7771", 200), ("192.168.1.5:7771", 200),
    ("127.0.0.1", 421), ("127.0.0.1:80", 421), ("evil.test:7771", 421), ("127.0.0.1:7771, evil.test", 421), ("", 421),
    ("127.0.0.1.evil.test:7771", 421), ("localhost:7771@evil.test", 421), ("weft.example.evil:7771", 421),
  ]) func hostOfAnotherNameIsRefusedAgainstDNSRebinding(host: String, expected: Int) {
    #expect(status { $0.host = host } == expected)
  }

  @Test func requestWithoutHostIsRefused() { #expect(status { $0.host = nil } == 421) }

  @Test(
    arguments: [
      (nil, 200), ("http://127.0.0.1:7771", 200), ("http://localhost:7771", 200), ("https://weft.example", 200),
      ("null", 403), ("http://evil.test", 403), ("http://127.0.0.1:8000", 403), ("https://127.0.0.1:7771", 403),
      ("http://127.0.0.1:7771.evil.test", 403), ("file://", 403),
    ] as [(String?, Int)]) func foreignOriginsCannotPostOrOpenWebSockets(origin: String?, expected: Int)
  {
    let bearer = "Bearer \(token.text)"
    #expect(
      status {
        ($0.method, $0.path, $0.contentType) = ("POST", "/api", "application/json")
        ($0.origin, $0.authorization) = (origin, bearer)
      } == expected)
    #expect(status { ($0.isUpgrade, $0.origin) = (true, origin) } == expected)
  }

  @Test(arguments: [("OPTIONS", 403), ("DELETE", 405), ("TRACE", 405), ("CONNECT", 405), ("PATCH", 405)])
  func otherMethodsAreRefused(method: String, expected: Int) { #expect(status { $0.method = method } == expected) }

  @Test(arguments: [nil, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"])
  func postNeedsJSON(type: String?) {
    #expect(status { ($0.method, $0.path, $0.contentType) = ("POST", "/api", type) } == 415)
    #expect(
      status { ($0.method, $0.path, $0.contentType) = ("POST", "/api", "application/json; charset=utf-8") } == 200)
  }

  @Test(arguments: ["cross-site", "same-site", "x"]) func requestsFromOtherSitesAreRefused(site: String) {
    #expect(status { ($0.path, $0.fetchSite, $0.hasFetch) = ("/api/state", site, true) } == 403)
    #expect(status { ($0.path, $0.fetchSite, $0.hasFetch) = ("/ui/client.js", site, true) } == 200)
  }

  @Test func browsersNeedTheTokenForAllButThePage() {
    #expect(status { browser(&$0) } == 200)
    #expect(
      status {
        browser(&$0); $0.path = "/ui/x.js"
      } == 200)
    #expect(
      status {
        browser(&$0); $0.path = "/api/state"
      } == 401)
    #expect(
      status {
        browser(&$0); ($0.path, $0.authorization) = ("/api/state", "Bearer \(token.text)")
      } == 200)
    #expect(status { $0.path = "/api/state" } == 200)
  }

  @Test(arguments: [
    "Bearer", "Bearer x", "Basic 0123456789abcdef0123456789abcdef", "Bearer 0123456789abcdef0123456789abcdee",
  ])
  func wrongTokensAreRefusedWhereverTheyCome(authorization: String) {
    #expect(status { $0.authorization = authorization } == 401)
  }

  @Test func requestsFromBeyondLoopbackAndThroughAProxyNeedTheToken() {
    #expect(status { ($0.isRemote, $0.path) = (true, "/metrics") } == 401)
    #expect(status { ($0.host, $0.path) = ("weft.example", "/metrics") } == 401)
    let head = head { ($0.isRemote, $0.isUpgrade) = (true, true) }
    #expect(rules.verdict(head) == .accepted(nil))
  }

  @Test func webSocketsOpenAtTheRootAlone() { #expect(status { ($0.isUpgrade, $0.path) = (true, "/ui/x") } == 404) }

  @Test func tokensHaveTheirRoles() {
    #expect(rules.role(token: token.text) == .owner && rules.role(token: guest.text) == .guest)
    #expect(rules.role(token: "") == nil && rules.role(token: token.text + "0") == nil)
    #expect(rules.role(of: "bearer \(guest.text)") == .guest)
  }

  @Test func tokenIsKeptInAFileOfItsUserAndReplacedOnDemand() throws {
    let folder = try TemporaryFolder(), path = folder.path + "/token"
    let first = try WebToken.kept(in: path, isNew: false)
    #expect(try WebToken.kept(in: path, isNew: false) == first)
    #expect(try WebToken.kept(in: path, isNew: true) != first)
    #expect(WebToken("0123") == nil && WebToken.new() != WebToken.new() && WebToken.new().text.utf8.count == 32)
  }
}
