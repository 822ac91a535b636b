import Control
import Foundation
import TestSupport
import Testing

/// `weft play --web`: the page, REST, OSCQuery, WebSockets, and access control.
@Suite(.serialized) struct WebTests {
  private func play(_ words: String...) throws -> (weft: PlayingWeft, port: Int) {
    let port = try freePort()
    let weft = try PlayingWeft(["--web", "127.0.0.1:\(port)"] + words)
    return (weft, port)
  }

  private func token(_ weft: PlayingWeft, _ line: String = "Page: ") -> String {
    let link = weft.messages.split(separator: "\n").first { $0.contains(line) } ?? ""
    return String(link.split(separator: "#t=").last ?? "")
  }

  @Test func pageIsServedFromMemoryWithItsSecurityHeaders() throws {
    let (weft, port) = try play()
    let page = try WebClient.request(port, "/", headers: ["Accept": "text/html"])
    #expect(page.status == 200 && page.body.contains("<script type=\"module\""))
    #expect(page.headers["content-security-policy"]?.contains("frame-ancestors 'none'") == true)
    #expect(page.headers["x-content-type-options"] == "nosniff" && page.headers["referrer-policy"] == "no-referrer")
    #expect(page.headers["access-control-allow-origin"] == nil)
    let tag = try #require(page.headers["etag"])
    let again = try WebClient.request(port, "/", headers: ["Accept": "text/html", "If-None-Match": tag])
    #expect(again.status == 304 && again.body.isEmpty)
    for path in ["/ui/../../etc/passwd", "/ui/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/ui/", "/ui/x%00.js", "/nix"]
    {
      let status = try WebClient.request(port, path).status
      #expect(status == 404 || status == 400, "\(path): \(status)")
    }
    #expect(weft.end(SIGTERM).status == 0)
  }

  @Test func restRunsCommandsAndBundles() throws {
    let (weft, port) = try play()
    func post(_ path: String, _ body: String) throws -> WebClient.Response {
      try WebClient.request(port, path, method: "POST", body: body)
    }
    #expect(try post("/api/patch/create", #"["osc", "sine"]"#).body == "{\"done\":[\"osc\"]}\n")
    let duplicate = try post("/api/patch/create", #"["osc", "sine"]"#)
    #expect(duplicate.status == 409 && duplicate.body.contains("\"code\":\"duplicate\""))
    let unknown = try post("/api/patch/create", #"["a", "sien"]"#)
    #expect(unknown.status == 404 && unknown.body.contains("\"suggestions\":[\"sine\""))
    #expect(try post("/api/nix", "[]").status == 404 && post("/api/patch/create", "[").status == 400)
    // A bundle is one transaction.
    let failed = try post("/api", #"[["/patch/create", "a", "sine"], ["/patch/create", "osc", "sine"]]"#)
    #expect(failed.status == 409 && failed.body.contains("aborted"))
    #expect(try post("/api", #"[["/patch/create", "a", "sine"], ["/mod/osc/gain", 0.25]]"#).status == 200)
    let patch = try WebClient.request(port, "/api/patch").body
    #expect(patch.contains("\"a\": { \"type\": \"sine\" }") && patch.contains("\"gain\": 0.25"))
    #expect(try post("/api/patch/set", patch).status == 200)
    #expect(try WebClient.request(port, "/api/state").body.contains("\"revision\":"))
    let modules = try WebClient.request(port, "/modules.json")
    #expect(modules.status == 200 && modules.body.contains("\"biquad\""))
    let tag = modules.headers["etag"] ?? ""
    #expect(try WebClient.request(port, "/modules.json", headers: ["If-None-Match": tag]).status == 304)
    #expect(try WebClient.request(port, "/metrics").body.contains("# TYPE weft_"))
    #expect(weft.end(SIGTERM).status == 0)
  }

  @Test func requestsThatCouldComeFromAnotherPageAreRefused() throws {
    let (weft, port) = try play()
    let json = "application/json"
    let refused: [(Int, String, [String: String])] = [
      (421, "GET", ["Host": "evil.test:\(port)"]), (421, "GET", ["Host": "127.0.0.1"]), (403, "OPTIONS", [:]),
      (405, "DELETE", [:]), (403, "POST", ["Origin": "http://evil.test", "Content-Type": json]),
      (403, "POST", ["Origin": "null"]), (415, "POST", ["Content-Type": "text/plain"]),
      (403, "POST", ["Sec-Fetch-Site": "cross-site"]), (401, "POST", ["Sec-Fetch-Site": "same-origin"]),
      (401, "GET", ["Authorization": "Bearer 00000000000000000000000000000000"]),
      (413, "POST", ["Content-Length": "2000000"]),
    ]
    for (status, method, headers) in refused {
      let body = headers["Content-Length"] == nil ? "" : String(repeating: " ", count: 2_000_000)
      let response = try WebClient.request(port, "/api/patch/clear", method: method, headers: headers, body: body)
      #expect(response.status == status, "\(method) \(headers): \(response.status)")
    }
    #expect(try WebClient.request(port, "/api/patch/create?osc", method: "GET").status == 404)
    for headers in [["Origin": "http://evil.test"], ["Origin": "null"], ["Host": "evil.test:\(port)"]] {
      #expect(try WebClient(port: port).upgrade(headers: headers) >= 400)
    }
    #expect(try WebClient.request(port, "/api/patch").body.contains("\"nodes\": {}"))
    #expect(weft.end(SIGTERM).status == 0)
  }

  @Test func webSocketFollowsTheEditsOfOtherClients() throws {
    let (weft, port) = try play()
    let client = try WebClient(port: port)
    #expect(client.upgrade() == 101)
    try client.send(OSCMessage("/edits", ["on"]))
    #expect(client.message("/state") != nil)
    _ = try WebClient.request(port, "/api/patch/create", method: "POST", body: #"["osc", "sine"]"#)
    let edit = try #require(client.message("/notify/edit")).arguments
    #expect(edit.dropFirst(2) == ["/patch/create", "osc", "sine"])
    // Requests over HTTP are those of one client, not of the program itself, and get replies alone.
    #expect(edit[1].number! > 0)
    let notify = try WebClient.request(port, "/api/notify", method: "POST", body: #"["on", "commit"]"#)
    #expect(notify.status == 404 && notify.body.contains("cannot receive notifications"))
    try client.send(OSCMessage("/mod/osc/gain", [0.5, "#7"]))
    #expect(client.message("/done")?.arguments == ["/mod/osc/gain", 0.5, "#7"])
    // A malformed packet is answered, an oversized one ends the connection.
    client.frame(2, [1, 2, 3])
    #expect(client.message("/fail")?.arguments[1] == "malformed")
    client.frame(2, [UInt8](repeating: 0x2f, count: 1_100_000))
    #expect(client.message("/done") == nil)
    #expect(weft.end(SIGTERM).status == 0)
  }

  @Test func pageShowsItsTokenFirstAndGuestsOnlyPlay() throws {
    let (weft, port) = try play("--guest")
    let origin = ["Origin": "http://127.0.0.1:\(port)"]
    let stranger = try WebClient(port: port)
    #expect(stranger.upgrade(headers: origin) == 101)
    try stranger.send(OSCMessage("/patch/clear"))
    #expect(stranger.next() == .closed(code: 4_401))
    let liar = try WebClient(port: port)
    #expect(liar.upgrade(headers: origin) == 101)
    try liar.send(OSCMessage("/token", ["00000000000000000000000000000000"]))
    #expect(liar.next() == .closed(code: 4_401))
    let page = try WebClient(port: port)
    #expect(page.upgrade(headers: origin) == 101)
    try page.send(OSCMessage("/token", [.string(token(weft))]))
    #expect(page.message("/done")?.arguments == ["/token", "owner"])
    try page.send(OSCMessage("/patch/create", ["osc", "sine"]))
    #expect(page.message("/done", "/fail")?.address == "/done")
    let guest = try WebClient(port: port)
    #expect(guest.upgrade(headers: origin) == 101)
    try guest.send(OSCMessage("/token", [.string(token(weft, "guests"))]))
    #expect(guest.message("/done")?.arguments == ["/token", "guest"])
    try guest.send(OSCMessage("/patch/delete", ["osc"]))
    #expect(guest.message("/done", "/fail")?.address == "/fail")
    try guest.send(OSCMessage("/patch/nodes"))
    #expect(guest.message("/done", "/fail")?.address == "/done")
    #expect(weft.end(SIGTERM).status == 0)
  }

  @Test func tokenSurvivesARestart() throws {
    let port = try freePort()
    let first = try PlayingWeft(["--web", "\(port)"])
    let before = token(first)
    _ = first.end(SIGTERM)
    let second = try PlayingWeft(["--web", "\(port)"])
    #expect(token(second) == before && before.utf8.count == 32)
    _ = second.end(SIGTERM)
    let third = try PlayingWeft(["--web", "\(port)", "--new-token"])
    #expect(token(third) != before)
    _ = third.end(SIGTERM)
  }

  @Test func oscQueryTreeHasValuesAndListenersHearOfChanges() throws {
    let (weft, port) = try play()
    _ = try WebClient.request(port, "/api/patch/create", method: "POST", body: #"["f", "biquad"]"#)
    let tree = try #require(
      JSONSerialization.jsonObject(with: Data(try WebClient.request(port, "/").body.utf8)) as? [String: Any])
    #expect(tree["FULL_PATH"] as? String == "/" && (tree["CONTENTS"] as? [String: Any])?["mod"] != nil)
    // A node without a value says so: clients refuse it otherwise.
    #expect(tree["ACCESS"] as? Int == 0)
    #expect(try WebClient.request(port, "/patch/create").body.contains("\"ACCESS\":0"))
    let cutoff = try WebClient.request(port, "/mod/f/cutoff").body
    #expect(cutoff.contains("\"TYPE\":\"f\"") && cutoff.contains("\"UNIT\":[\"time.hz\"]"))
    #expect(try WebClient.request(port, "/mod/f/mode?RANGE").body.contains("\"VALS\":[\"lowpass\""))
    #expect(try WebClient.request(port, "/mod/f/cutoff?TAGS").status == 204)
    #expect(try WebClient.request(port, "/mod/g").status == 404)
    #expect(try WebClient.request(port, "/?HOST_INFO").body.contains("\"OSC_PORT\":\(weft.port)"))
    let client = try WebClient(port: port)
    #expect(client.upgrade() == 101)
    client.send(text: #"{"COMMAND": "LISTEN", "DATA": "/mod/f/q"}"#)
    #expect(client.message("/mod/f/q") != nil)
    _ = try WebClient.request(port, "/api/mod/f/q", method: "POST", body: "[2.5]")
    #expect(client.message("/mod/f/q")?.arguments == [2.5])
    _ = try WebClient.request(port, "/api/patch/rename", method: "POST", body: #"["f", "g"]"#)
    #expect(client.text() == #"{"COMMAND":"PATH_RENAMED","DATA":{"OLD":"/mod/f","NEW":"/mod/g"}}"#)
    #expect(weft.end(SIGTERM).status == 0)
  }

  @Test func uploadedSoundIsStoredInTheWriteRootOnceItReads() throws {
    let folder = try TemporaryFolder(), port = try freePort()
    let weft = try PlayingWeft(root: folder.path, ["--web", "\(port)", "--guest"])
    // RIFF, one channel of 16 bits at 8 kHz, ten frames.
    let wav =
      "RIFF\u{38}\0\0\0WAVEfmt \u{10}\0\0\0\u{1}\0\u{1}\0\u{40}\u{1f}\0\0\u{40}\u{1f}\0\0\u{1}\0\u{8}\0data"
      + "\u{14}\0\0\0" + String(repeating: "\u{7f}", count: 20)
    func put(_ path: String, _ body: String, _ headers: [String: String] = [:]) throws -> Int {
      try WebClient.request(port, path, method: "PUT", headers: headers, body: body).status
    }
    #expect(try put("/files/low.wav", wav) == 201 && folder.names.contains("low.wav"))
    #expect(try put("/files/low.wav", wav) == 409 && put("/files/low.wav?overwrite", wav) == 201)
    #expect(try put("/files/broken.wav", "RIFF") == 400 && put("/files/a.txt", wav) == 400)
    #expect(try put("/files/.hidden.wav", wav) == 400 && put("/files/..%2Fup.wav", wav) == 400)
    #expect(try put("/nix.wav", wav) == 404)
    #expect(try put("/files/b.wav", wav, ["Authorization": "Bearer \(token(weft, "guests"))"]) == 403)
    #expect(try put("/files/b.wav", wav, ["Origin": "http://evil.test"]) == 403)
    #expect(folder.names.filter { !$0.hasPrefix(".weft-") } == ["low.wav"], "\(folder.names)")
    #expect(weft.end(SIGTERM).status == 0)
  }

  /// Each response ends its connection: libsoup 3.2 does not notice the end of one that it keeps alive.
  @Test func finishedRequestsLeaveNoDescriptorBehind() throws {
    let (weft, port) = try play()
    func descriptors() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/\(weft.identifier)/fd").count
    }
    let before = try descriptors()
    for i in 0..<100 {
      let client = try WebClient(port: port)
      #expect(client.request(i % 2 == 0 ? "/version" : "/nix", headers: ["Connection": ""]).status >= 200)
    }
    #expect(eventually { (try? descriptors() <= before + 2) == true })
    #expect(weft.end(SIGTERM).status == 0)
  }

  @Test func moreConnectionsThanTheLimitCloseTheOldestIdleOne() throws {
    let (weft, port) = try play()
    let socket = try WebClient(port: port)
    #expect(socket.upgrade() == 101)
    let idle = try (0..<40).map { _ in try WebClient(port: port) }
    #expect(idle[0].next() == .closed(code: 0))
    // An active client is kept.
    try socket.send(OSCMessage("/version"))
    #expect(socket.message("/done") != nil)
    #expect(weft.end(SIGTERM).status == 0)
  }
}
