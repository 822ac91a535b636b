import Control
import Foundation
import Testing

/// Replies as seen by any OSC client; without sound.
@Suite struct RequestTests {
  private let weft: PlayingWeft
  private let client: LibloClient

  init() throws {
    weft = try PlayingWeft()
    client = try LibloClient(port: weft.port)
  }

  @Test func everyRequestIsAnsweredToItsSender() throws {
    #expect(client.call("/patch/create", "osc1", "sine")?.arguments == ["/patch/create", "osc1"])
    let wrong = try #require(client.call("/patch/create", "osc2", "sime"))
    #expect(wrong.address == "/fail" && wrong.arguments[1] == "no-such-type" && wrong.arguments[3...].contains("sine"))
    #expect(client.call("/patch/create", "osc1", "sine")?.address == "/fail")
    #expect(client.call("/patch/creat", "x", "sine")?.arguments[3...].contains("/patch/create") == true)
    #expect(client.call("/mod/osc1/frequency", "high")?.address == "/fail")
    #expect(client.call("/mod/osc1/frequency", 1e9)?.address == "/fail")
    #expect(client.call("/mod/osc1/frequency")?.arguments == ["/mod/osc1/frequency", 440.0])
    #expect(client.call("/version")?.arguments[1] == "weft")
  }

  @Test func requestIDIsReturnedOverUDP() throws {
    #expect(client.call("/patch/create", "osc1", "sine", "#17")?.arguments.last == "#17")
    #expect(client.call("/patch/create", "osc1", "sine", "#18")?.arguments.last == "#18")
    #expect(client.call("/patch/commit", "#19")?.arguments.last == "#19")
    #expect(client.call("/sync", 5, "#20")?.arguments == [5, "#20"])
  }

  @Test func bundleIsPerformedTogether() throws {
    client.send(bundle: [
      OSCMessage("/patch/create", ["a", "sine"]), OSCMessage("/patch/create", ["b", "gain"]),
      OSCMessage("/patch/connect", ["a", "b"]), OSCMessage("/patch/commit"),
    ])
    #expect(client.message(from: 0) { $0.address == "/done" && $0.arguments.first == "/patch/commit" } != nil)
    #expect(client.call("/patch/nodes")?.arguments == ["/patch/nodes", 2])
    #expect(client.call("/patch/cables")?.arguments == ["/patch/cables", 1])
  }

  /// As many answers as the pattern matches; then the command ends.
  @Test func sendPrintsEveryAnswerToAPattern() throws {
    for id in ["a", "b"] { client.call("/patch/create", .string(id), "sine") }
    let run = try weft.send("/mod/*/gain", "0.5")
    #expect(run.status == 0)
    #expect(run.output.split(separator: "\n").count == 2, "\(run.output)")
    let failed = try weft.send("/mod/*/gian", "0.5")
    #expect(failed.status == 1 && failed.output.hasPrefix("/fail"), "\(failed.output)")
    // Nobody answers a reply.
    #expect(try WeftProcess.run("send", "--osc", "\(weft.port)", "--timeout", "0.3", "/done").status == 1)
  }

  @Test func anIPv6AddressIsWrittenInBrackets() throws {
    let port = try freePort()
    let six = try PlayingWeft(port: port, place: "[::1]:\(port)")
    #expect(six.messages.contains("OSC on [::1]:\(port)"))
    #expect(try WeftProcess.run("send", "--osc", "[::1]:\(port)", "/version").status == 0)
    #expect(try WeftProcess.run("send", "--osc", "[::1:\(port)", "/version").status == 2)
  }

  @Test func syncIsABarrier() throws {
    for i in 0..<50 { client.send("/patch/create", [.string("n\(i)"), "gain"]) }
    client.send("/patch/commit")
    client.send("/sync", [7])
    let synced = try #require(client.message(from: 0) { $0.address == "/synced" })
    #expect(synced.arguments == [7])
    let before = client.received.prefix { $0.address != "/synced" }
    #expect(before.count { $0.arguments.first == "/patch/create" } == 50)
    #expect(before.contains { $0.arguments.first == "/patch/commit" })
  }

  @Test func subscribersAreNotifiedOfOtherClients() throws {
    let listener = try LibloClient(port: weft.port)
    #expect(listener.call("/notify", 1)?.address == "/done")
    client.call("/patch/create", "osc1", "sine")
    client.call("/patch/commit")
    client.call("/mod/osc1/frequency", 660)
    client.call("/mod/osc1/frequenzy", 660)
    #expect(listener.message(from: 0) { $0.address == "/notify/commit" } != nil)
    #expect(
      listener.message(from: 0) { $0.address == "/notify/param" }?.arguments
        == ["osc1", "frequency", 660.0, 0.0, ""])
    #expect(listener.message(from: 0) { $0.address == "/notify/error" } != nil)
    #expect(!client.received.contains { $0.address.hasPrefix("/notify") })
    listener.call("/notify", 0)
    let start = listener.received.count
    client.call("/mod/osc1/frequency", 770)
    listener.receive(milliseconds: 100)
    #expect(listener.received.count == start)
  }

  @Test func statusReportsNamesAndValues() throws {
    client.call("/patch/create", "osc1", "sine")
    client.call("/patch/commit")
    let status = try #require(client.call("/status")).arguments.dropFirst()
    var values: [String: OSCArgument] = [:]
    for i in stride(from: status.startIndex, to: status.endIndex, by: 2) { values[status[i].text!] = status[i + 1] }
    #expect(values["host"] == "none" && values["rate"] == 48_000.0 && values["nodes"] == 1 && values["revision"] == 1)
    #expect(values["failed"] == 0 && values["late"] == 0 && values["dropped"] == 0)
  }

  @Test func sendPrintsTheRepliesOverTCP() throws {
    let created = try weft.send("/patch/create", "osc1", "sine", "frequency", "330")
    #expect(created.status == 0 && created.output == "/done /patch/create osc1\n")
    #expect(try weft.send("/mod/osc1/frequency").output == "/done /mod/osc1/frequency 330.0\n")
    let refused = try weft.send("/patch/create", "osc1", "sine")
    #expect(refused.status == 1 && refused.output.hasPrefix("/fail /patch/create"))
    let patch = try weft.send("/patch/get")
    #expect(patch.status == 0 && patch.output.contains("\"frequency\": 330"))
    #expect(try weft.send("/quit").status == 0)
    #expect(weft.end().status == 0)
  }

  @Test func quitEndsPlay() throws {
    #expect(client.call("/quit")?.address == "/done")
    #expect(weft.end().status == 0)
  }
}
